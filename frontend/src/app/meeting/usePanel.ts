/** One panel at a time; closing gives the focus back to the control that opened it. */
import { useCallback, useState } from 'react';
import type { PanelName } from '../../features/controls/ControlBar';

export interface PanelState {
  readonly panel: PanelName | null;
  readonly togglePanel: (panel: PanelName) => void;
  readonly closePanel: () => void;
}

export function usePanel(): PanelState {
  const [panel, setPanel] = useState<PanelName | null>(null);
  const close = useCallback((closing: PanelName) => {
    setPanel(null);
    // On a phone the people panel is opened from the menu.
    const openers = `[data-opens="${closing}"], [data-opens="more"]`;
    document.querySelector<HTMLElement>(openers)?.focus();
  }, []);
  return {
    panel,
    togglePanel: (wanted) => (wanted === panel ? close(wanted) : setPanel(wanted)),
    closePanel: () => panel !== null && close(panel),
  };
}

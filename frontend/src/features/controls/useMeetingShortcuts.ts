/** Keys of the meeting. They can be turned off as a whole (WCAG 2.1.4); the list is in shortcutList.ts. */
import { useShortcuts } from '../../lib/shortcuts';
import { useSelector } from '../../lib/store';
import { toggleCamera, toggleMicrophone } from '../../session/devices';
import { preferences } from '../../session/preferences';
import { useMayPublish, useRoom } from '../../session/RoomContext';
import type { PanelName } from './ControlBar';

export interface ShortcutActions {
  readonly onPanel: (panel: PanelName) => void;
  readonly onShortcuts: () => void;
  readonly onFullScreen: () => void;
}

export function useMeetingShortcuts(actions: ShortcutActions): void {
  const { local } = useRoom();
  const mayTalk = useMayPublish('microphone');
  const mayShow = useMayPublish('camera');
  const isEnabled = useSelector(preferences, (saved) => saved.hasSingleKeyShortcuts);
  useShortcuts(
    {
      m: () => mayTalk && toggleMicrophone(local),
      v: () => mayShow && toggleCamera(local),
      c: () => actions.onPanel('chat'),
      p: () => actions.onPanel('people'),
      f: actions.onFullScreen,
    },
    isEnabled,
  );
  useShortcuts({ '?': actions.onShortcuts });
}

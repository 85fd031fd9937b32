/** Sharing the own screen. The browser's picker is the confirmation; closing it is not an error. */
import type { LocalMedia } from './types';

/** Phones have no screen capture; the button is absent there. */
export const canShareScreen =
  typeof navigator.mediaDevices !== 'undefined' && 'getDisplayMedia' in navigator.mediaDevices;

export function toggleScreen(local: LocalMedia): void {
  const { status } = local.screen.state.getSnapshot();
  if (status === 'starting') return;
  if (status === 'on' || status === 'muted') local.screen.stop();
  else void local.screen.start({ audio: true }).catch(() => undefined); // state.error has the reason
}

/** How the connection is, from its two halves. Pure. */
import type { MediaPath } from '../media/recovery';
import type { Connection } from '../types';

/** Media that never connected yet is on its way, not lost. */
export function connectionOf(signaling: boolean, path: MediaPath): Connection {
  if (signaling) return path === 'lost' ? 'media-lost' : 'connected';
  return path === 'connected' ? 'signal-lost' : 'reconnecting';
}

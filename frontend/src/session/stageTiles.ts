/** Which tiles a meeting has: one per person, one per shared screen of somebody else. Ids name participant and source. */
import { isSending } from './RoomContext';
import type { MeetingState, VideoSource } from './types';

export interface TileRef {
  readonly id: string;
  readonly isSelf: boolean;
}

export interface TileSource {
  readonly participantId: string;
  readonly source: VideoSource;
}

export function tileId(participantId: string, source: VideoSource): string {
  return `${participantId}/${source}`;
}

export function tileSource(id: string): TileSource {
  const [participantId = '', source] = id.split('/');
  return { participantId, source: source === 'screen' ? 'screen' : 'camera' };
}

/** Keeps its last result while nothing that is drawn changed, so that a mute does not lay out the stage anew. */
export function createTileSelector(): (state: MeetingState) => readonly TileRef[] {
  let last: readonly TileRef[] = [];
  return (state) => {
    const next = selectTiles(state);
    const isSame =
      next.length === last.length &&
      next.every(
        (tile, index) => tile.id === last[index]?.id && tile.isSelf === last[index].isSelf,
      );
    if (!isSame) last = next;
    return last;
  };
}

/** Screens first; people by arrival, so that nobody moves when others come or go. */
export function selectTiles(state: MeetingState): TileRef[] {
  const selfId = state.self?.participantId;
  const people = state.order.map((id) => ({ id: tileId(id, 'camera'), isSelf: id === selfId }));
  const screens = state.order
    .filter((id) => id !== selfId && isSending(state.participants.get(id) ?? null, 'screen'))
    .map((id) => ({ id: tileId(id, 'screen'), isSelf: false }));
  return [...screens, ...people];
}

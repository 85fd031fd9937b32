/**
 * Tells the SDK which video is worth receiving. Renders nothing: it is a component so that a change of who sends
 * renders only this.
 */
import { useEffect } from 'react';
import { useMeeting, useRoom, isSending } from './RoomContext';
import { tileSource } from './stageTiles';

/** What a layout says of one visible tile, in device pixels. */
export interface TileWish {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly priority: number;
}

export function WantedVideo({ wishes }: { readonly wishes: readonly TileWish[] }) {
  const room = useRoom();
  const participants = useMeeting((state) => state.participants);
  const selfId = useMeeting((state) => state.self?.participantId);
  useEffect(() => {
    const wanted = wishes
      .map(({ id, ...size }) => ({ ...tileSource(id), ...size }))
      .filter(({ participantId, source }) => {
        const participant = participants.get(participantId) ?? null;
        return participantId !== selfId && isSending(participant, source);
      });
    room.setWanted(wanted);
  }, [room, wishes, participants, selfId]);
  return null;
}

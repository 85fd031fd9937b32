/**
 * One of these tiles whose person speaks. Levels change many times a second and reach React only when the name does:
 * whoever is named stays named while they speak and a breath longer, so that the sign can be read and hit.
 */
import { useEffect, useRef, useState, type RefObject } from 'react';
import type { Elsewhere } from '../../layout/stage';
import { useRoom } from '../../session/RoomContext';
import { tileSource } from '../../session/stageTiles';

/** Longer than a pause between two sentences. */
export const HOLD_MS = 2000;

/** `sign` is where the name is shown: it does not go while somebody points at it or has the focus on it. */
export function useSpeakerAmong(
  tiles: readonly Elsewhere[],
  sign: RefObject<HTMLElement | null>,
): Elsewhere | null {
  const { speakers } = useRoom();
  const [named, setNamed] = useState<string | null>(null);
  const current = useRef<string | null>(null);

  useEffect(() => {
    const ids = new Map(tiles.map(({ id }) => [tileSource(id).participantId, id]));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const speaking = () =>
      speakers.getSnapshot().flatMap(({ participantId }) => ids.get(participantId) ?? []);
    const name = (id: string | null) => {
      current.current = id;
      setNamed(id);
    };
    const onHeld = () => {
      timer = undefined;
      if (sign.current?.matches(':hover, :focus') === true) timer = setTimeout(onHeld, HOLD_MS);
      else name(speaking()[0] ?? null);
    };
    const onSpeakers = () => {
      const now = speaking();
      const id = current.current;
      if (id === null || !tiles.some((tile) => tile.id === id)) {
        name(now[0] ?? null);
      } else if (now.includes(id)) {
        clearTimeout(timer);
        timer = undefined;
      } else {
        timer ??= setTimeout(onHeld, HOLD_MS);
      }
    };
    onSpeakers();
    const stop = speakers.subscribe(onSpeakers);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [speakers, tiles, sign]);

  return tiles.find(({ id }) => id === named) ?? null;
}

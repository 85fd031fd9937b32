/** Which slot receives which video. Pure: what stays wanted keeps its slot, so no picture jumps. */
import type { VideoSource, WantedVideo } from '../types';

/** Names a participant's video. */
export function videoKey(participantId: string, source: VideoSource): string {
  return `${participantId}/${source}`;
}

export interface Assignment {
  /** By mid, in the order of the slots. */
  readonly slots: ReadonlyMap<string, WantedVideo>;
  /** How many wanted videos found no slot. */
  readonly missing: number;
}

/**
 * `held` says what each slot receives now. Slots that hold nothing are taken first: the last
 * picture of an unwanted video then stays ready for as long as possible.
 */
export function assignSlots(
  mids: readonly string[],
  held: ReadonlyMap<string, string>,
  wants: readonly WantedVideo[],
): Assignment {
  const byKey = new Map(wants.map((want) => [videoKey(want.participantId, want.source), want]));
  // When slots are short the important ones get them; equals keep their order.
  const ranked = [...byKey.values()].sort((a, b) => b.priority - a.priority).slice(0, mids.length);
  const chosen = new Map(ranked.map((want) => [videoKey(want.participantId, want.source), want]));
  const bound = new Map<string, WantedVideo>();
  for (const mid of mids) {
    const key = held.get(mid) ?? '';
    const want = chosen.get(key);
    if (want === undefined) continue;
    bound.set(mid, want);
    chosen.delete(key);
  }
  const free = mids.filter((mid) => !bound.has(mid));
  free.sort((a, b) => Number(held.has(a)) - Number(held.has(b)));
  for (const want of chosen.values()) {
    const mid = free.shift();
    if (mid !== undefined) bound.set(mid, want);
  }
  const slots = new Map(
    mids.flatMap((mid) => {
      const want = bound.get(mid);
      return want === undefined ? [] : [[mid, want] as const];
    }),
  );
  return { slots, missing: byKey.size - slots.size };
}

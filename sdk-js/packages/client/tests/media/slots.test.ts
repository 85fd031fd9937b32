import { describe, expect, it } from 'vitest';
import { assignSlots, videoKey } from '../../src/media/slots';
import type { WantedVideo } from '../../src/types';

const MIDS = ['5', '6', '7'];
const want = (participantId: string, priority = 1): WantedVideo => ({
  participantId,
  source: 'camera',
  width: 640,
  height: 360,
  priority,
});
const held = (slots: ReadonlyMap<string, WantedVideo>) =>
  new Map(
    [...slots].map(([mid, { participantId, source }]) => [mid, videoKey(participantId, source)]),
  );
const who = (slots: ReadonlyMap<string, WantedVideo>) =>
  Object.fromEntries([...slots].map(([mid, { participantId }]) => [mid, participantId]));

describe('assignSlots', () => {
  it('keeps every video that stays wanted in its slot, whatever the order', () => {
    const first = assignSlots(MIDS, new Map(), [want('a'), want('b'), want('c')]).slots;
    const second = assignSlots(MIDS, held(first), [want('c'), want('d'), want('a')]).slots;
    expect(who(first)).toEqual({ 5: 'a', 6: 'b', 7: 'c' });
    expect(who(second)).toEqual({ 5: 'a', 6: 'd', 7: 'c' });
  });

  it('stays stable over a thousand random layouts', () => {
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    let before = new Map<string, string>();
    for (let round = 0; round < 1000; round++) {
      const wants = ['a', 'b', 'c', 'd', 'e'].filter(() => random() < 0.5).map((id) => want(id));
      const { slots } = assignSlots(MIDS, before, wants);
      const wanted = new Set(wants.map(({ participantId }) => videoKey(participantId, 'camera')));
      if (wants.length <= MIDS.length) {
        for (const [mid, key] of before) {
          if (wanted.has(key)) expect(held(slots).get(mid)).toBe(key);
        }
      }
      expect(new Set(held(slots).values()).size).toBe(slots.size);
      before = held(slots);
    }
  });

  it('gives scarce slots to the most important and says how many are missing', () => {
    const { slots, missing } = assignSlots(MIDS, new Map(), [
      want('a', 0),
      want('b'),
      want('c'),
      want('d', 3),
    ]);
    expect(Object.values(who(slots)).sort()).toEqual(['b', 'c', 'd']);
    expect(missing).toBe(1);
  });

  it('counts a video that is wanted twice once, as it was wanted last', () => {
    const { slots, missing } = assignSlots(MIDS, new Map(), [want('a', 1), want('a', 5)]);
    expect([...slots.values()].map(({ priority }) => priority)).toEqual([5]);
    expect(missing).toBe(0);
  });

  it('takes slots that hold nothing before slots with a last picture', () => {
    const { slots } = assignSlots(MIDS, new Map([['5', 'gone/camera']]), [want('a')]);
    expect(who(slots)).toEqual({ 6: 'a' });
  });
});

import { describe, expect, it, vi } from 'vitest';
import { Wants } from '../../src/media/wants';
import type { Want } from '../../src/protocol/channel';
import type { WantedVideo } from '../../src/types';
import { useVirtualTime } from '../virtualTime';

const want = (participantId: string, width = 640): WantedVideo => ({
  participantId,
  source: 'camera',
  width,
  height: 360,
  priority: 1,
});

function setup(open = true) {
  const sent: Want[] = [];
  const line = { open };
  const short = vi.fn();
  const wants = new Wants({
    send: (message) => {
      if (line.open) sent.push(message);
      return line.open;
    },
    short,
  });
  wants.current(['5', '6']);
  return { wants, sent, line, short };
}

describe('Wants', () => {
  useVirtualTime();

  it('sends the first layout at once and a burst after it as one message', () => {
    const { wants, sent } = setup();
    for (let width = 100; width <= 200; width++) wants.set([want('a', width)]);
    expect(sent).toHaveLength(1);
    vi.advanceTimersByTime(100);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toMatchObject({ mode: 'explicit', slots: [{ mid: '5', width: 200 }] });
  });

  it('says nothing twice', () => {
    const { wants, sent } = setup();
    wants.set([want('a')]);
    vi.advanceTimersByTime(1_000);
    wants.set([want('a')]);
    vi.advanceTimersByTime(1_000);
    expect(sent).toHaveLength(1);
  });

  it('numbers its words in a growing order', () => {
    const { wants, sent } = setup();
    for (const id of ['a', 'b', 'c']) {
      wants.set([want(id)]);
      vi.advanceTimersByTime(200);
    }
    const revisions = sent.map(({ revision }) => revision);
    expect(revisions).toEqual([...revisions].sort((x, y) => x - y));
    expect(new Set(revisions).size).toBe(3);
  });

  it('leaves the choice to the worker until a layout speaks', () => {
    const { wants } = setup();
    expect(wants.current(['5'])).toMatchObject({ mode: 'auto' });
  });

  it('speaks once the channel opens', () => {
    const { wants, sent, line } = setup(false);
    wants.set([want('a')]);
    vi.advanceTimersByTime(1_000);
    expect(sent).toHaveLength(0);
    line.open = true;
    wants.flush();
    expect(sent).toHaveLength(1);
  });

  it('leaves what the worker chose where it is', () => {
    const { wants, sent } = setup();
    wants.observe(
      new Map([
        ['5', 'b/camera'],
        ['6', 'a/camera'],
      ]),
    );
    wants.set([want('a'), want('b')]);
    expect(sent[0]).toMatchObject({
      slots: [
        { mid: '5', participantId: 'b' },
        { mid: '6', participantId: 'a' },
      ],
    });
  });

  it('asks for slots when they are short', () => {
    const { wants, short } = setup();
    wants.set([want('a'), want('b'), want('c')]);
    expect(short).toHaveBeenCalledWith(1);
  });

  it('says everything again to a new peer connection', () => {
    const { wants, sent } = setup();
    wants.set([want('a')]);
    vi.advanceTimersByTime(200);
    wants.reset();
    expect(wants.current(['5', '6'])).toMatchObject({
      mode: 'explicit',
      slots: [{ participantId: 'a' }],
    });
    wants.flush();
    expect(sent).toHaveLength(2);
  });
});

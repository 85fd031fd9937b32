import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Profiler } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pager } from '../../src/features/stage/Pager';
import { HOLD_MS } from '../../src/features/stage/useSpeakerAmong';
import { meetingWith, person, renderInMeeting } from '../meetingRoom';

const GRACE = person('grace', { displayName: 'Grace' });
const ALAN = person('alan', { displayName: 'Alan' });
const ELSEWHERE = [
  { id: 'alan/camera', page: 0 },
  { id: 'grace/camera', page: 2 },
];

function showPager(elsewhere = ELSEWHERE) {
  const room = meetingWith(GRACE, ALAN);
  const [onPage, onRender] = [vi.fn(), vi.fn()];
  const pager = (tiles = elsewhere) => (
    <Profiler id="pager" onRender={onRender}>
      <Pager page={1} pages={3} elsewhere={tiles} onPage={onPage} />
    </Profiler>
  );
  const { rerender } = renderInMeeting(room, pager());
  const speak = (...ids: readonly string[]) =>
    act(() => room.speakers.set(ids.map((participantId) => ({ participantId, level: 50 }))));
  return { onPage, onRender, speak, move: (tiles: typeof elsewhere) => rerender(pager(tiles)) };
}

const sign = (name: string) => screen.queryByRole('button', { name: new RegExp(`^${name} is`) });

describe('who speaks on another page', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is named at the pages', () => {
    const { speak } = showPager();
    expect(sign('Grace')).toBeNull();

    speak('grace');

    expect(sign('Grace')?.textContent).toContain('Grace is speaking');
  });

  it('is shown by a click, and the focus stays at the pages', async () => {
    vi.useRealTimers();
    const { speak, onPage } = showPager();
    speak('grace');

    await userEvent.click(sign('Grace') as HTMLElement);

    expect(onPage).toHaveBeenCalledExactlyOnceWith(2);
    expect(document.activeElement).toBe(screen.getByRole('navigation'));
  });

  it('stands at the arrow that leads there', () => {
    const { speak } = showPager();

    speak('grace', 'alan');

    const names = screen.getAllByRole('button').map((button) => button.getAttribute('aria-label'));
    expect(names).toEqual([
      'Alan is speaking, show page 1',
      'Previous page',
      'Next page',
      'Grace is speaking, show page 3',
    ]);
  });

  it('stays named through a breath, and no longer', () => {
    const { speak } = showPager();
    speak('grace');

    speak();
    act(() => void vi.advanceTimersByTime(HOLD_MS - 1));
    expect(sign('Grace')).not.toBeNull();
    act(() => void vi.advanceTimersByTime(1));

    expect(sign('Grace')).toBeNull();
  });

  it('is not replaced by somebody else in between', () => {
    const { speak } = showPager([
      { id: 'alan/camera', page: 2 },
      { id: 'grace/camera', page: 2 },
    ]);
    speak('grace');

    speak('alan');
    expect(sign('Alan')).toBeNull();
    act(() => void vi.advanceTimersByTime(HOLD_MS));

    expect(sign('Alan')).not.toBeNull();
    expect(sign('Grace')).toBeNull();
  });

  it('is forgotten once they have fallen silent, though others came meanwhile', () => {
    const { speak, move } = showPager();
    speak('grace');
    speak();

    move([...ELSEWHERE]);
    expect(sign('Grace')).not.toBeNull();
    act(() => void vi.advanceTimersByTime(HOLD_MS));

    expect(sign('Grace')).toBeNull();
  });

  it('is named at once after somebody who is on this page now', () => {
    const { speak, move } = showPager();
    speak('grace', 'alan');

    move([{ id: 'alan/camera', page: 2 }]);

    expect(sign('Grace')).toBeNull();
    expect(sign('Alan')).not.toBeNull();
  });

  it('renders once for a speech, not for each level of it', () => {
    const { speak, onRender } = showPager();
    speak('grace');
    const rendersBefore = onRender.mock.calls.length;

    for (let change = 0; change < 20; change += 1) speak('grace', 'ptc_self');

    expect(onRender.mock.calls.length).toBe(rendersBefore);
  });
});

import { act, fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Profiler } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PersonTile } from '../../src/features/tiles/PersonTile';
import { SHOWN_MS } from '../../src/features/tiles/useTouchControls';
import { meetingWith, person, renderInMeeting } from '../meetingRoom';

const GRACE = person('ptc_grace', { displayName: 'Grace Hopper' });

function showTile(
  room = meetingWith(GRACE),
  participantId = 'ptc_grace',
  { isSmall = false, canPin = false } = {},
) {
  const [onRender, onPin] = [vi.fn(), vi.fn()];
  renderInMeeting(
    room,
    <Profiler id="tile" onRender={onRender}>
      <PersonTile
        participantId={participantId}
        isSmall={isSmall}
        isPinned={false}
        canPin={canPin}
        onPin={onPin}
      />
    </Profiler>,
  );
  return { room, onRender, onPin };
}

describe('a person’s tile', () => {
  it('sums up who it is and whether they are heard', () => {
    const { room } = showTile();
    expect(screen.getByRole('article', { name: 'Grace Hopper, microphone on' })).toBeTruthy();

    act(() =>
      room.setParticipants([person('ptc_grace', { displayName: 'Grace Hopper', producers: [] })]),
    );

    expect(screen.getByRole('article', { name: 'Grace Hopper, muted' })).toBeTruthy();
  });

  it('marks oneself', () => {
    showTile(meetingWith(GRACE), 'ptc_self');

    expect(screen.getByText('Ada Lovelace (you)')).toBeTruthy();
  });

  it('says only “You” on a small tile of one’s own, and the whole name to a screen reader', () => {
    showTile(meetingWith(GRACE), 'ptc_self', { isSmall: true });

    expect(screen.getByText('You')).toBeTruthy();
    expect(screen.getByRole('article', { name: /^Ada Lovelace \(you\)/ })).toBeTruthy();
  });

  it('keeps the name of somebody else on a small tile', () => {
    showTile(meetingWith(GRACE), 'ptc_grace', { isSmall: true });

    expect(screen.getByText('Grace Hopper')).toBeTruthy();
  });

  it('shows one’s own microphone as it is, whatever the server has heard of it', () => {
    const { room } = showTile(meetingWith(GRACE), 'ptc_self');

    act(() => void room.local.microphone.start());
    expect(screen.getByRole('article', { name: 'Ada Lovelace (you), microphone on' })).toBeTruthy();

    act(() => room.local.microphone.mute());
    expect(screen.getByRole('article', { name: 'Ada Lovelace (you), muted' })).toBeTruthy();
  });

  it('says that somebody is reconnecting', () => {
    showTile(meetingWith({ ...GRACE, connection: 'reconnecting' }));

    expect(screen.getByText('Reconnecting')).toBeTruthy();
  });

  it('says when the network is too weak for the picture', () => {
    const { room } = showTile();

    act(() =>
      room.setLayer('ptc_grace', 'camera', { state: 'starved', rid: null, width: 0, height: 0 }),
    );

    expect(screen.getByText('Weak network')).toBeTruthy();
  });

  it('shows who speaks without a render', () => {
    const { room, onRender } = showTile();
    const rendersBefore = onRender.mock.calls.length;
    const ring = screen.getByRole('article').lastElementChild as HTMLElement;
    expect(ring.style.opacity).toBe('0.00');

    act(() => room.speakers.set([{ participantId: 'ptc_grace', level: 80 }]));

    expect(ring.style.opacity).toBe('1.00');
    expect(onRender.mock.calls.length).toBe(rendersBefore);
  });
});

describe('the controls of a tile', () => {
  afterEach(() => vi.useRealTimers());

  function touchableTile() {
    const shown = showTile(meetingWith(GRACE), 'ptc_grace', { canPin: true });
    const tile = screen.getByRole('article');
    const press = (pointerType: string, target: Element = tile) => {
      fireEvent.pointerDown(target, { pointerType });
      fireEvent.click(target);
    };
    return { ...shown, tile, press, isShown: () => tile.hasAttribute('data-touched') };
  }

  it('appear by a tap, without a render, and go by themselves', () => {
    vi.useFakeTimers();
    const { press, isShown, onRender } = touchableTile();
    const rendersBefore = onRender.mock.calls.length;

    press('touch');
    expect(isShown()).toBe(true);
    vi.advanceTimersByTime(SHOWN_MS - 1);
    expect(isShown()).toBe(true);
    vi.advanceTimersByTime(1);

    expect(isShown()).toBe(false);
    expect(onRender.mock.calls.length).toBe(rendersBefore);
  });

  it('go by a second tap', () => {
    const { press, isShown } = touchableTile();

    press('touch');
    press('touch');

    expect(isShown()).toBe(false);
  });

  it('stay under the finger that uses them', () => {
    const { press, isShown, onPin } = touchableTile();

    press('touch');
    press('touch', screen.getByRole('button', { name: 'Pin Grace Hopper' }));

    expect(onPin).toHaveBeenCalledOnce();
    expect(isShown()).toBe(true);
  });

  it('need no tap of a mouse, which hovers', () => {
    const { press, isShown } = touchableTile();

    press('mouse');

    expect(isShown()).toBe(false);
  });

  it('are reached and used by keyboard', async () => {
    const { onPin } = touchableTile();
    const user = userEvent.setup();

    await user.tab();
    await user.keyboard('{Enter}');

    expect(onPin).toHaveBeenCalledOnce();
  });
});

import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionBanner } from '../../src/features/connection/ConnectionBanner';
import { HearButton } from '../../src/features/connection/HearButton';
import { stepOf } from '../../src/features/connection/ladder';
import { meetingWith, renderInMeeting } from '../meetingRoom';

describe('the reconnect ladder', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    [0, 'quiet'],
    [1, 'quiet'],
    [2, 'reconnecting'],
    [9, 'reconnecting'],
    [10, 'counting'],
    [29, 'counting'],
    [30, 'choice'],
  ])('after %d s is at %s', (seconds, step) => {
    expect(stepOf(seconds)).toBe(step);
  });

  it('says nothing about a blip and goes away when the connection is back', () => {
    const room = meetingWith();
    renderInMeeting(room, <ConnectionBanner onRejoin={vi.fn()} />);

    act(() => room.update({ connection: 'reconnecting' }));
    act(() => void vi.advanceTimersByTime(1500));
    expect(screen.queryByRole('status')).toBeNull();

    act(() => void vi.advanceTimersByTime(1500));
    expect(screen.getByRole('status').textContent).toContain('Reconnecting');

    act(() => room.update({ connection: 'connected' }));
    expect(screen.queryByRole('status')).toBeNull();
  });

  it('tells apart a lost server from lost media', () => {
    const room = meetingWith();
    renderInMeeting(room, <ConnectionBanner onRejoin={vi.fn()} />);

    act(() => room.update({ connection: 'signal-lost' }));
    act(() => void vi.advanceTimersByTime(4000));

    expect(screen.getByRole('status').textContent).toContain('Others still see and hear you');
  });

  it('hurries the reconnect when it is asked to, and does not rejoin', () => {
    const room = meetingWith();
    const [onRejoin, retryNow] = [vi.fn(), vi.spyOn(room, 'retryNow')];
    renderInMeeting(room, <ConnectionBanner onRejoin={onRejoin} />);
    act(() => room.update({ connection: 'media-lost' }));
    act(() => void vi.advanceTimersByTime(11_000));

    act(() => screen.getByRole('button', { name: 'Try now' }).click());

    expect(retryNow).toHaveBeenCalledOnce();
    expect(onRejoin).not.toHaveBeenCalled();
  });

  it('leaves the choice after half a minute', () => {
    const room = meetingWith();
    renderInMeeting(room, <ConnectionBanner onRejoin={vi.fn()} />);

    act(() => room.update({ connection: 'media-lost' }));
    act(() => void vi.advanceTimersByTime(31_000));

    expect(screen.getByRole('button', { name: 'Rejoin' })).toBeTruthy();
  });
});

describe('blocked sound', () => {
  it('is asked for by one click', async () => {
    const room = meetingWith();
    renderInMeeting(room, <HearButton />);
    act(() => room.audio.blocked.set(true));

    await userEvent.setup().click(screen.getByRole('button', { name: 'Click to hear' }));

    expect(screen.queryByRole('button')).toBeNull();
  });
});

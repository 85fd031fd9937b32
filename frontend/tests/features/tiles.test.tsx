import { act, screen } from '@testing-library/react';
import { Profiler } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { PersonTile } from '../../src/features/tiles/PersonTile';
import { meetingWith, person, renderInMeeting } from '../meetingRoom';

const GRACE = person('ptc_grace', { displayName: 'Grace Hopper' });

function showTile(room = meetingWith(GRACE), participantId = 'ptc_grace') {
  const onRender = vi.fn();
  renderInMeeting(
    room,
    <Profiler id="tile" onRender={onRender}>
      <PersonTile participantId={participantId} isPinned={false} canPin={false} onPin={vi.fn()} />
    </Profiler>,
  );
  return { room, onRender };
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

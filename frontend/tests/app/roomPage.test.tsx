import { createFakeRoom } from '@streamforge/client/testing';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useEffect } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadMeeting } from '../../src/app/pages/loadMeeting';
import { RoomPage } from '../../src/app/pages/RoomPage';
import type { MeetingScreenProps } from '../../src/app/meeting/MeetingScreen';
import { savePreferences } from '../../src/session/preferences';
import { TooltipProvider } from '../../src/ui/Tooltip';

vi.mock('../../src/app/pages/loadMeeting', () => ({ loadMeeting: vi.fn() }));

const ROOM = { roomId: 'room_1', slug: 'design-review', name: 'Design review' };
let shown: string[];
let opened: number;

function MeetingScreen({ room, onLeave }: MeetingScreenProps) {
  useEffect(() => {
    shown.push(room.state.getSnapshot().phase);
  }, [room]);
  return (
    <main aria-label="Meeting">
      <button onClick={onLeave}>Leave</button>
    </main>
  );
}

beforeEach(() => {
  shown = [];
  opened = 0;
  savePreferences({ displayName: 'Ada', startMuted: true, startWithoutVideo: true });
  const body = JSON.stringify({ ...ROOM, maxParticipants: 10, participantCount: 0 });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body)));
  vi.mocked(loadMeeting).mockResolvedValue({
    MeetingScreen,
    openRoom: ({ local }) => {
      opened += 1;
      const room = createFakeRoom({}, { local });
      return { room, enter: () => room.join() };
    },
  });
});

afterEach(() => void vi.unstubAllGlobals());

async function visit() {
  render(
    <TooltipProvider>
      <RoomPage slug="design-review" />
    </TooltipProvider>,
  );
  // Rendered ahead of the join, out of sight.
  await waitFor(() => expect(document.querySelector('[aria-label="Meeting"]')).not.toBeNull());
  return userEvent.setup();
}

describe('the page of a room', () => {
  it('renders the meeting ahead of the join without showing or running it', async () => {
    await visit();

    expect(screen.queryByRole('main', { name: 'Meeting' })).toBeNull();
    expect(screen.getByRole('button', { name: 'Join' })).toBeTruthy();
    expect(shown).toEqual([]);
  });

  it('shows that very screen once the room is joined', async () => {
    const user = await visit();
    const hidden = document.querySelector('[aria-label="Meeting"]');

    await user.click(screen.getByRole('button', { name: 'Join' }));

    const meeting = await screen.findByRole('main', { name: 'Meeting' });
    expect(meeting).toBe(hidden);
    expect(shown).toEqual(['joined']);
    expect(screen.queryByRole('button', { name: 'Join' })).toBeNull();
  });

  it('makes another one when somebody comes back', async () => {
    const user = await visit();
    await user.click(screen.getByRole('button', { name: 'Join' }));
    const first = await screen.findByRole('main', { name: 'Meeting' });
    await user.click(screen.getByRole('button', { name: 'Leave' }));

    await user.click(screen.getByRole('button', { name: 'Rejoin' }));

    const second = await screen.findByRole('main', { name: 'Meeting' });
    expect(second).not.toBe(first);
    expect(opened).toBe(2);
  });
});

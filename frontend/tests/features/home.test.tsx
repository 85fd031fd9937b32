import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Home } from '../../src/features/home/Home';
import { roomName } from '../../src/features/home/roomName';
import { clearRecentRooms, rememberRoom } from '../../src/session/recentRooms';

function show() {
  const onOpenRoom = vi.fn();
  render(<Home onOpenRoom={onOpenRoom} />);
  return { onOpenRoom, user: userEvent.setup() };
}

function answer(status: number, body: unknown) {
  const response = () => Promise.resolve(new Response(JSON.stringify(body), { status }));
  const fetched = vi.fn<typeof fetch>(response);
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

beforeEach(clearRecentRooms);
afterEach(() => void vi.unstubAllGlobals());

describe('home', () => {
  it('opens a room by name on Enter', async () => {
    const { onOpenRoom, user } = show();

    await user.type(screen.getByRole('textbox', { name: 'Name or link' }), 'Design Review{Enter}');

    expect(onOpenRoom).toHaveBeenCalledWith('design-review');
  });

  it('says at once what cannot be a room', async () => {
    const { onOpenRoom, user } = show();

    await user.type(screen.getByRole('textbox'), 'https://example.org/{Enter}');

    expect(onOpenRoom).not.toHaveBeenCalled();
    expect(screen.getByText(/neither a room name nor a link/u)).toBeTruthy();
  });

  it('creates a meeting and opens it under the slug that the server chose', async () => {
    const fetched = answer(201, {
      roomId: 'room_1',
      slug: 'quiet-harbour-x7k2',
      joinUrl: 'http://localhost/room/quiet-harbour-x7k2',
      adminToken: 'secret',
    });
    const { onOpenRoom, user } = show();

    await user.click(screen.getByRole('button', { name: 'New meeting' }));

    expect(onOpenRoom).toHaveBeenCalledWith('quiet-harbour-x7k2');
    expect(fetched.mock.calls[0]?.[0]).toBe('/api/v1/rooms');
  });

  it('puts a refusal into words and lets one try again', async () => {
    answer(401, { code: 'api_key_required', title: 'x' });
    const { onOpenRoom, user } = show();

    await user.click(screen.getByRole('button', { name: 'New meeting' }));

    expect(await screen.findByText(/Only whoever runs this server/u)).toBeTruthy();
    expect(onOpenRoom).not.toHaveBeenCalled();
    expect(
      screen.getByRole('button', { name: 'New meeting' }).getAttribute('aria-busy'),
    ).toBeNull();
  });

  it('lists recent rooms, newest first, until they are cleared', async () => {
    rememberRoom({ slug: 'a', name: 'All hands', visitedAt: 1 });
    rememberRoom({ slug: 'd', name: 'Design review', visitedAt: 2 });
    const { user } = show();
    expect(screen.getAllByRole('listitem').map((row) => row.textContent)[0]).toContain(
      'Design review',
    );

    await user.click(screen.getByRole('button', { name: 'Clear' }));

    expect(screen.queryByRole('listitem')).toBeNull();
  });

  it('makes friendly names for new rooms', () => {
    expect(roomName(() => 0)).toBe('Amber atlas');
    expect(roomName(() => 0.999)).toBe('Velvet window');
  });
});

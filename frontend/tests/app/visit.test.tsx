import { createFakeRoom } from '@streamforge/client/testing';
import { act, renderHook, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { loadMeeting } from '../../src/app/pages/loadMeeting';
import { useVisit } from '../../src/app/pages/useVisit';
import { ApiError } from '../../src/session/api';
import type { PageRoom, RoomRequest } from '../../src/session/meetingRoom';
import { savePreferences } from '../../src/session/preferences';

vi.mock('../../src/app/pages/loadMeeting', () => ({ loadMeeting: vi.fn() }));

interface Opened extends PageRoom {
  readonly request: RoomRequest;
  readonly prepared: ReturnType<typeof vi.fn>;
  readonly left: ReturnType<typeof vi.fn>;
}

let opened: Opened[];
let refusal: Error | null;

function openRoom(request: RoomRequest): PageRoom {
  const room = createFakeRoom({}, { local: request.local });
  const page: Opened = {
    request,
    room,
    prepared: vi.spyOn(room, 'prepare') as never,
    left: vi.spyOn(room, 'leave') as never,
    enter: vi.fn(() => (refusal === null ? room.join() : Promise.reject(refusal))),
  };
  opened.push(page);
  return page;
}

beforeEach(() => {
  opened = [];
  refusal = null;
  savePreferences({ displayName: 'Ada', startMuted: true, startWithoutVideo: true });
  vi.mocked(loadMeeting).mockReset();
  vi.mocked(loadMeeting).mockResolvedValue({ openRoom, MeetingScreen: () => <main /> });
});

const visit = () => renderHook(() => useVisit('design-review')).result;

describe('a visit', () => {
  it('joins the room that it prepared', async () => {
    const { result } = renderHook(() => useVisit('design-review'));
    act(() => result.current.prepare());
    await waitFor(() => expect(result.current.prepared).not.toBeNull());
    expect(opened[0]?.prepared).toHaveBeenCalled();

    act(() => result.current.join('Ada'));
    await waitFor(() => expect(result.current.phase).toBe('meeting'));

    expect(opened).toHaveLength(1);
    expect(opened[0]?.enter).toHaveBeenCalledExactlyOnceWith('Ada');
    expect(opened[0]?.request.local).toBe(result.current.local);
  });

  it('prepares the same room again, which makes anew what was lost', async () => {
    const result = visit();
    act(() => result.current.prepare());
    await waitFor(() => expect(opened[0]?.prepared).toHaveBeenCalledTimes(1));

    act(() => result.current.prepare());

    await waitFor(() => expect(opened[0]?.prepared).toHaveBeenCalledTimes(2));
    expect(opened).toHaveLength(1);
  });

  it('joins without having prepared', async () => {
    const result = visit();

    act(() => result.current.join('Ada'));

    await waitFor(() => expect(result.current.phase).toBe('meeting'));
  });

  it('tells why a join failed, keeps the devices, and tries again with another room', async () => {
    const result = visit();
    const { local } = result.current;
    refusal = new ApiError('room_full', 409, 'full');
    act(() => result.current.join('Ada'));
    await waitFor(() => expect(result.current.joinError).toBe('room_full'));
    expect(result.current).toMatchObject({ phase: 'prejoin', isJoining: false });
    expect(result.current.local).toBe(local);

    refusal = null;
    act(() => result.current.join('Ada'));

    await waitFor(() => expect(result.current.phase).toBe('meeting'));
    expect(opened).toHaveLength(2);
    expect(result.current.joinError).toBeNull();
  });

  it('can be joined once the code of the meeting arrives after all', async () => {
    vi.mocked(loadMeeting).mockRejectedValueOnce(new Error('no network'));
    const result = visit();
    act(() => result.current.join('Ada'));
    await waitFor(() => expect(result.current.joinError).toBe('internal'));

    act(() => result.current.join('Ada'));

    await waitFor(() => expect(result.current.phase).toBe('meeting'));
  });

  it('lets go of room and devices when it is left, and comes back with new ones', async () => {
    const result = visit();
    const { local } = result.current;
    act(() => result.current.join('Ada'));
    await waitFor(() => expect(result.current.phase).toBe('meeting'));

    act(() => result.current.leave());
    await waitFor(() => expect(opened[0]?.left).toHaveBeenCalled());
    expect(result.current).toMatchObject({ phase: 'left', endedBy: null });
    expect(result.current.local).not.toBe(local);

    act(() => result.current.rejoin());
    await waitFor(() => expect(result.current.phase).toBe('meeting'));
    expect(opened[1]?.request.local).toBe(result.current.local);
  });

  it('says why the server ended it', async () => {
    const result = visit();
    act(() => result.current.join('Ada'));
    await waitFor(() => expect(result.current.phase).toBe('meeting'));

    act(() => result.current.end('duplicate'));

    expect(result.current).toMatchObject({ phase: 'left', endedBy: 'duplicate' });
  });

  it('closes what it prepared when the page goes away', async () => {
    const { result, unmount } = renderHook(() => useVisit('design-review'));
    act(() => result.current.prepare());
    await waitFor(() => expect(result.current.prepared).not.toBeNull());

    unmount();

    await waitFor(() => expect(opened[0]?.left).toHaveBeenCalled());
  });
});

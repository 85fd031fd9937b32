/** A snapshot as the wire gives it. */
import { roomJoined, type RoomJoined } from '../../src/protocol/signaling';

export function person(participantId: string, more: Record<string, unknown> = {}) {
  return {
    participantId,
    displayName: participantId,
    role: 'participant',
    kind: 'person',
    joinedAt: 1,
    connection: 'connected',
    producers: [],
    ...more,
  };
}

export function snapshot(more: Record<string, unknown> = {}): RoomJoined {
  return roomJoined({
    resumed: false,
    roomId: 'room_1',
    meetingId: 'mtg_1',
    room: { name: 'Room', slug: 'room', maxParticipants: 10, features: { chat: true } },
    self: {
      participantId: 'me',
      seatId: 'seat_1',
      resumeToken: 'r',
      role: 'moderator',
      displayName: 'Me',
    },
    seq: 10,
    serverTime: 5_000,
    startedAt: 4_000,
    participants: [person('me'), person('ada'), person('bob')],
    chat: [],
    transportEpoch: 1,
    answer: null,
    ...more,
  });
}

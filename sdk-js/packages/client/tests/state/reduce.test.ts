import { describe, expect, it } from 'vitest';
import { readMeetingEvent, type MeetingEvent } from '../../src/protocol/signaling';
import { IDLE } from '../../src/state/model';
import { continuity, reduce } from '../../src/state/reduce';
import { isLive, participantsInOrder } from '../../src/state/selectors';
import type { MeetingState } from '../../src/types';
import { person, snapshot } from './snapshots';

const joined = () => reduce(IDLE, { name: 'snapshot', data: snapshot(), at: 4_400 });

function event(name: string, data: Record<string, unknown>): MeetingEvent {
  const read = readMeetingEvent(name, data);
  if (read === null) throw new Error(`${name} is no event`);
  return read;
}

const camera = { producerId: 'prd_1', source: 'camera', kind: 'video', muted: false };

/** Recorded from a meeting: Cleo comes, turns her camera on and off, writes, and goes. */
const RECORDED = [
  event('participant-joined', { seq: 11, participant: person('cleo') }),
  event('producer-published', { seq: 12, participantId: 'cleo', producer: camera }),
  event('mute-changed', { seq: 13, participantId: 'cleo', source: 'camera', muted: true }),
  event('participant-connection-changed', {
    seq: 14,
    participantId: 'ada',
    connection: 'reconnecting',
  }),
  event('chat-sent', {
    seq: 15,
    message: {
      messageId: 'msg_1',
      participantId: 'cleo',
      displayName: 'cleo',
      text: 'Hi',
      sentAt: 9,
    },
  }),
  event('participant-left', { seq: 16, participantId: 'cleo', reason: 'left' }),
];

describe('reduce', () => {
  it('takes the meeting from a snapshot', () => {
    const state = joined();
    expect(state.phase).toBe('joined');
    expect(state.order).toEqual(['me', 'ada', 'bob']);
    expect(state.serverOffsetMs).toBe(600);
    expect(state.room?.features).toEqual({ chat: true });
  });

  it('contains oneself even when the roster does not', () => {
    const data = snapshot({ participants: [person('ada')] });
    expect(reduce(IDLE, { name: 'snapshot', data, at: 0 }).participants.has('me')).toBe(true);
  });

  it('replays a recorded meeting to the same end every time', () => {
    const play = () => RECORDED.reduce<MeetingState>(reduce, joined());
    expect(play()).toEqual(play());
    const end = play();
    expect(end.seq).toBe(16);
    expect(end.order).toEqual(['me', 'ada', 'bob']);
    expect(end.participants.get('ada')?.connection).toBe('reconnecting');
    expect(end.chat.map((entry) => entry.text)).toEqual(['Hi']);
  });

  it('shows a published camera until it is muted', () => {
    const published = RECORDED.slice(0, 2).reduce<MeetingState>(reduce, joined());
    const cleo = published.participants.get('cleo');
    expect(cleo && isLive(cleo, 'camera')).toBe(true);
    const muted = RECORDED.slice(0, 3)
      .reduce<MeetingState>(reduce, joined())
      .participants.get('cleo');
    expect(muted && isLive(muted, 'camera')).toBe(false);
  });

  it('never changes a state that it was given', () => {
    const before = joined();
    const copy = structuredClone(before);
    RECORDED.reduce<MeetingState>(reduce, before);
    expect(before).toEqual(copy);
  });

  it('ignores an event that it has seen', () => {
    const state = joined();
    expect(reduce(state, event('room-closed', { seq: 10, reason: '' }))).toBe(state);
  });

  it('recognises a gap', () => {
    const state = joined();
    expect(continuity(state, event('room-closed', { seq: 12, reason: '' }))).toBe('gap');
    expect(reduce(state, event('room-closed', { seq: 12, reason: '' }))).toBe(state);
  });

  it('moves nobody when a snapshot comes again in another order', () => {
    const data = snapshot({
      participants: [person('dan'), person('bob'), person('me'), person('ada')],
    });
    const state = reduce(joined(), { name: 'snapshot', data, at: 0 });
    expect(participantsInOrder(state).map((one) => one.participantId)).toEqual([
      'me',
      'ada',
      'bob',
      'dan',
    ]);
  });

  it('keeps the objects of participants that did not change', () => {
    const before = joined();
    const after = reduce(before, { name: 'snapshot', data: snapshot({ seq: 20 }), at: 0 });
    expect(after.participants.get('ada')).toBe(before.participants.get('ada'));
    expect(after.room).toBe(before.room);
  });

  it('leaves a tile out of the roster rather than the roster when a participant cannot be read', () => {
    const data = snapshot({ participants: [person('me'), { participantId: 7 }, person('ada')] });
    expect(data.participants.map((one) => one.participantId)).toEqual(['me', 'ada']);
  });

  it('ends when the room closes', () => {
    const state = reduce(joined(), event('room-closed', { seq: 11, reason: 'deleted' }));
    expect([state.phase, state.endedBy]).toEqual(['left', 'room_closed']);
  });
});

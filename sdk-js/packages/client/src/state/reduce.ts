/**
 * The one place where the client's view of the meeting changes. Pure: no clock, no I/O.
 *
 * Every reducer returns the state it was given when nothing changed, and keeps the objects of
 * participants that did not change, so that a renderer can compare by reference.
 */
import type { MeetingEvent, RoomJoined, WireParticipant } from '../protocol/signaling';
import type {
  Connection,
  Failure,
  MeetingState,
  Participant,
  Phase,
  Producer,
  RoomInfo,
  Source,
} from '../types';
import * as chat from './chat';

/** What the client itself does to its view. */
export type ClientEvent =
  | { readonly name: 'phase-changed'; readonly phase: Phase; readonly error?: Failure }
  | { readonly name: 'connection-changed'; readonly connection: Connection }
  | { readonly name: 'session-ended'; readonly code: string | null }
  | {
      readonly name: 'chat-sending';
      readonly key: string;
      readonly text: string;
      readonly at: number;
    }
  | { readonly name: 'chat-retrying'; readonly key: string }
  | { readonly name: 'chat-acknowledged'; readonly key: string; readonly messageId: string }
  | { readonly name: 'chat-failed'; readonly key: string; readonly error: Failure };

/** `at` is the client's clock when the snapshot arrived. */
export interface Snapshot {
  readonly name: 'snapshot';
  readonly data: RoomJoined;
  readonly at: number;
}

export type ServerEvent = MeetingEvent | Snapshot;

/** Whether an event continues the state. A gap means that something was missed: ask for a snapshot. */
export function continuity(state: MeetingState, event: MeetingEvent): 'next' | 'old' | 'gap' {
  if (event.data.seq <= state.seq) return 'old';
  return event.data.seq === state.seq + 1 ? 'next' : 'gap';
}

export function reduce(state: MeetingState, event: ServerEvent | ClientEvent): MeetingState {
  switch (event.name) {
    case 'snapshot':
      return applySnapshot(state, event.data, event.at);
    case 'phase-changed':
      return { ...state, phase: event.phase, error: event.error ?? null };
    case 'connection-changed':
      return state.connection === event.connection
        ? state
        : { ...state, connection: event.connection };
    case 'session-ended':
      return { ...state, phase: 'left', endedBy: event.code };
    case 'chat-sending':
    case 'chat-retrying':
    case 'chat-acknowledged':
    case 'chat-failed':
      return reduceChat(state, event);
    default:
      if (continuity(state, event) !== 'next') return state;
      return { ...applyMeetingEvent(state, event), seq: event.data.seq };
  }
}

type ChatEvent = Extract<ClientEvent, { readonly key: string }>;

function reduceChat(state: MeetingState, event: ChatEvent): MeetingState {
  switch (event.name) {
    case 'chat-sending': {
      if (state.self === null) return state;
      const entry = { key: event.key, text: event.text, sentAt: event.at + state.serverOffsetMs };
      return { ...state, chat: chat.sending(state.chat, entry, state.self) };
    }
    case 'chat-retrying':
      return { ...state, chat: chat.retrying(state.chat, event.key) };
    case 'chat-acknowledged':
      return { ...state, chat: chat.acknowledged(state.chat, event.key, event.messageId) };
    case 'chat-failed':
      return { ...state, chat: chat.failed(state.chat, event.key, event.error) };
  }
}

function applyMeetingEvent(state: MeetingState, event: MeetingEvent): MeetingState {
  const { data, name } = event;
  switch (name) {
    case 'participant-joined':
      return withParticipant(state, data.participant);
    case 'participant-left':
      return withoutParticipant(state, data.participantId);
    case 'participant-connection-changed':
      return change(state, data.participantId, (one) => ({ ...one, connection: data.connection }));
    case 'producer-published':
      return change(state, data.participantId, (one) => ({
        ...one,
        producers: [...without(one.producers, data.producer.source), data.producer],
      }));
    case 'producer-closed':
      return change(state, data.participantId, (one) => ({
        ...one,
        producers: one.producers.filter(({ producerId }) => producerId !== data.producerId),
      }));
    case 'mute-changed':
      return change(state, data.participantId, (one) => ({
        ...one,
        producers: one.producers.map((producer) =>
          producer.source === data.source ? { ...producer, muted: data.muted } : producer,
        ),
      }));
    case 'chat-sent':
      return { ...state, chat: chat.received(state.chat, data.message, state.self) };
    case 'room-closed':
      return { ...state, phase: 'left', endedBy: 'room_closed' };
  }
}

function without(producers: readonly Producer[], source: Source): readonly Producer[] {
  return producers.filter((producer) => producer.source !== source);
}

function change(
  state: MeetingState,
  participantId: string,
  edit: (participant: Participant) => Participant,
): MeetingState {
  const found = state.participants.get(participantId);
  if (found === undefined) return state;
  return { ...state, participants: new Map(state.participants).set(participantId, edit(found)) };
}

function withParticipant(state: MeetingState, joined: Participant): MeetingState {
  const { participantId } = joined;
  const order = state.order.includes(participantId) ? state.order : [...state.order, participantId];
  return { ...state, order, participants: new Map(state.participants).set(participantId, joined) };
}

function withoutParticipant(state: MeetingState, participantId: string): MeetingState {
  if (!state.participants.has(participantId)) return state;
  const participants = new Map(state.participants);
  participants.delete(participantId);
  return { ...state, participants, order: state.order.filter((id) => id !== participantId) };
}

function applySnapshot(state: MeetingState, data: RoomJoined, at: number): MeetingState {
  const { participantId, displayName, role, canPublish } = data.self;
  const self = { participantId, displayName, role, canPublish };
  const participants = new Map<string, Participant>();
  for (const one of [...data.participants, ...missingSelf(data)]) {
    participants.set(
      one.participantId,
      unlessEqual(state.participants.get(one.participantId), one),
    );
  }
  const arrivals = [...participants.keys()].filter((id) => !state.order.includes(id));
  const sameMeeting = state.room === null || state.room.meetingId === data.meetingId;
  // Another meeting in the same room has its own chat; what is still on its way goes there.
  const kept = sameMeeting ? state.chat : state.chat.filter((entry) => entry.messageId === null);
  const merged = data.chat.reduce(
    (entries, message) => chat.received(entries, message, self),
    kept,
  );
  return {
    ...state,
    phase: 'joined',
    error: null,
    endedBy: null,
    room: unlessEqual(state.room, roomInfo(data)),
    self: unlessEqual(state.self, self),
    participants,
    // Nobody's tile moves because this client missed something.
    order: [...state.order.filter((id) => participants.has(id)), ...arrivals],
    chat: merged,
    startedAt: data.startedAt,
    serverOffsetMs: data.serverTime - at,
    seq: data.seq,
  };
}

/** A roster without oneself would leave a layout without its own tile. */
function missingSelf({ self, participants, serverTime }: RoomJoined): WireParticipant[] {
  const { participantId, displayName, role } = self;
  if (participants.some((one) => one.participantId === participantId)) return [];
  const rest = { kind: 'person', connection: 'connected', producers: [] } as const;
  return [{ participantId, displayName, role, joinedAt: serverTime, ...rest }];
}

function roomInfo({ roomId, meetingId, room }: RoomJoined): RoomInfo {
  return { roomId, meetingId, ...room };
}

function unlessEqual<T>(before: T | null | undefined, after: T): T {
  const equal =
    before !== null && before !== undefined && JSON.stringify(before) === JSON.stringify(after);
  return equal ? before : after;
}

/** Messages of the signaling wire (`docs/architecture/protocol.md`), mirrored from the server's types. */
import {
  BadMessage,
  anything,
  flag,
  flags,
  lenientList,
  list,
  nullable,
  number,
  object,
  oneOf,
  text,
  withDefault,
  type Shape,
} from './shape';
import type { Want } from './channel';

/** The major version of all wires. */
export const PROTOCOL = 1;
/** Characters of a chat message. */
export const CHAT_LIMIT = 4000;

const SOURCES = ['microphone', 'camera', 'screen', 'screen-audio'] as const;
export const source = oneOf(SOURCES);
export const kind = oneOf(['audio', 'video']);

export const producer = object({
  producerId: text,
  source,
  kind,
  muted: withDefault(flag, false),
});

export const participant = object({
  participantId: text,
  displayName: text,
  role: oneOf(['moderator', 'participant'], 'participant'),
  kind: oneOf(['person', 'agent'], 'person'),
  joinedAt: number,
  connection: oneOf(['connected', 'reconnecting'], 'connected'),
  producers: withDefault(lenientList(producer), []),
});

export const chatMessage = object({
  messageId: text,
  participantId: text,
  displayName: text,
  text,
  sentAt: number,
});

export const answer = object({
  sdp: text,
  slots: withDefault(lenientList(object({ mid: text, kind })), []),
});

export const offerResult = object({ sdp: text, transportEpoch: number });

const failure = object({
  code: text,
  message: withDefault(text, ''),
  retryAfterMs: nullable(number),
});
const missedEvent = object({ event: text, data: anything });

export const roomJoined = object({
  resumed: withDefault(flag, false),
  roomId: text,
  meetingId: text,
  room: object({
    name: text,
    slug: text,
    maxParticipants: number,
    features: withDefault(flags, {}),
  }),
  self: object({
    participantId: text,
    seatId: text,
    resumeToken: text,
    role: oneOf(['moderator', 'participant'], 'participant'),
    displayName: text,
    canPublish: withDefault(lenientList(source), SOURCES),
  }),
  seq: number,
  serverTime: number,
  startedAt: number,
  participants: lenientList(participant),
  chat: withDefault(lenientList(chatMessage), []),
  transportEpoch: number,
  iceServers: withDefault(list(anything), []),
  missed: withDefault(lenientList(missedEvent), []),
  answer: nullable(answer),
  /** Why an offer in `join-room` got no answer. */
  offerError: nullable(failure),
  tokenExpiresAt: nullable(number),
});

const reason = withDefault(text, '');

/** The meeting's events: each moves `seq` by one. */
export const MEETING_EVENTS = {
  'participant-joined': object({ seq: number, participant }),
  'participant-left': object({ seq: number, participantId: text, reason }),
  'participant-connection-changed': object({
    seq: number,
    participantId: text,
    connection: oneOf(['connected', 'reconnecting'], 'connected'),
  }),
  'producer-published': object({ seq: number, participantId: text, producer }),
  'producer-closed': object({ seq: number, participantId: text, producerId: text }),
  'mute-changed': object({ seq: number, participantId: text, source, muted: flag }),
  'chat-sent': object({ seq: number, message: chatMessage }),
  'room-closed': object({ seq: number, reason }),
} as const;

export type MeetingEventName = keyof typeof MEETING_EVENTS;
export type MeetingEvent = {
  [Name in MeetingEventName]: {
    readonly name: Name;
    readonly data: Shape<(typeof MEETING_EVENTS)[Name]>;
  };
}[MeetingEventName];

/** To one seat only, outside `seq`. */
export const mediaReset = object({ transportEpoch: number, reason });
export const sessionEnded = object({ code: text, message: withDefault(text, '') });
export const tokenExpiring = object({ expiresAt: number });
export const joinResult = object({ status: oneOf(['joined', 'waiting'], 'joined') });
export const chatResult = object({ messageId: text, seq: number });

export const ack = object({ ok: flag, result: anything, error: nullable(failure) });
/** A refused connection carries the same error in Socket.IO's `data`. */
export const refusal = failure;

export type RoomJoined = Shape<typeof roomJoined>;
export type WireParticipant = Shape<typeof participant>;
export type WireChatMessage = Shape<typeof chatMessage>;
export type WireSource = Shape<typeof source>;
export type Answer = Shape<typeof answer>;

export interface PublishEntry {
  readonly mid: string;
  readonly source: WireSource;
  readonly muted: boolean;
  readonly encrypted?: boolean;
}

export interface Offer {
  readonly sdp: string;
  readonly publish: readonly PublishEntry[];
  readonly want: Want;
}

export function isMeetingEvent(name: string): name is MeetingEventName {
  return Object.hasOwn(MEETING_EVENTS, name);
}

/** Reads one event of the meeting; null for a name that this version does not know. */
export function readMeetingEvent(name: string, data: unknown): MeetingEvent | null {
  if (!isMeetingEvent(name)) return null;
  return { name, data: MEETING_EVENTS[name](data, name) } as MeetingEvent;
}

/** What was missed, without what cannot be read: the snapshot beside it has the outcome anyway. */
export function readMissed(missed: RoomJoined['missed']): MeetingEvent[] {
  return missed.flatMap(({ event, data }) => {
    try {
      return readMeetingEvent(event, data) ?? [];
    } catch (error) {
      if (error instanceof BadMessage) return [];
      throw error;
    }
  });
}

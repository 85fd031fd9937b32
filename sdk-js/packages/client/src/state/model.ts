/** The empty meeting, before anything was heard of it. */
import type { MeetingState } from '../types';

export const IDLE: MeetingState = Object.freeze({
  phase: 'idle',
  connection: 'connected',
  error: null,
  endedBy: null,
  room: null,
  self: null,
  participants: new Map(),
  order: [],
  chat: [],
  startedAt: null,
  serverOffsetMs: 0,
  seq: -1,
});

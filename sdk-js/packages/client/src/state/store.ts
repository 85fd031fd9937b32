/**
 * The state of one meeting and its sequence check: events go in, changes come out as events.
 *
 * It decides nothing about the network; a gap is handed to `onGap` once until a snapshot closes it.
 */
import { Emitter } from '../emitter';
import type { MeetingEvent, RoomJoined } from '../protocol/signaling';
import { createStore } from '../store';
import type { MeetingState, ReadableStore, RoomEvents } from '../types';
import { IDLE } from './model';
import { continuity, reduce, type ClientEvent } from './reduce';

export class MeetingStore {
  private readonly store = createStore<MeetingState>(IDLE);
  private gapOpen = false;
  readonly events = new Emitter<RoomEvents>();

  constructor(private readonly onGap: () => void) {}

  get readable(): ReadableStore<MeetingState> {
    return this.store;
  }

  get current(): MeetingState {
    return this.store.getSnapshot();
  }

  client(event: ClientEvent): void {
    this.store.set(reduce(this.current, event));
  }

  server(event: MeetingEvent): void {
    const order = continuity(this.current, event);
    if (order === 'next') this.apply(event);
    if (order !== 'gap' || this.gapOpen) return;
    this.gapOpen = true;
    this.onGap();
  }

  /** Returns how many of the missed events were news. */
  snapshot(data: RoomJoined, missed: readonly MeetingEvent[], at: number): number {
    const fresh = missed.filter((event) => {
      const next = continuity(this.current, event) === 'next';
      if (next) this.apply(event);
      return next;
    });
    this.gapOpen = false;
    this.store.set(reduce(this.current, { name: 'snapshot', data, at }));
    return fresh.length;
  }

  /** A snapshot that was asked for may be lost with its connection. */
  forgetGap(): void {
    this.gapOpen = false;
  }

  private apply(event: MeetingEvent): void {
    const before = this.current;
    this.store.set(reduce(before, event));
    this.announce(event, before);
  }

  private announce(event: MeetingEvent, before: MeetingState): void {
    const selfId = before.self?.participantId;
    if (event.name === 'participant-joined' && event.data.participant.participantId !== selfId) {
      this.events.emit('participant-joined', { participant: event.data.participant });
    }
    if (event.name === 'participant-left') {
      const participant = before.participants.get(event.data.participantId);
      if (participant === undefined) return;
      this.events.emit('participant-left', { participant, reason: event.data.reason });
    }
    if (event.name === 'chat-sent' && event.data.message.participantId !== selfId) {
      const { messageId } = event.data.message;
      const entry = this.current.chat.find((one) => one.messageId === messageId);
      if (entry !== undefined) this.events.emit('chat-received', { entry });
    }
  }
}

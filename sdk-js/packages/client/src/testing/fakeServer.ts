/**
 * A Socket.IO double that speaks the signaling protocol: one room, one client under test.
 *
 * It keeps what a real server keeps for a seat (sequence, chat, answered commands, epoch) and lets a
 * test cut the line, restart, refuse, and speak for other participants. Nothing takes time.
 */
import type { OpenSocket, SocketHandlers } from '../signaling/socket';

type Payload = Readonly<Record<string, unknown>>;
type Reply =
  | { ok: true; result: unknown }
  | { ok: false; error: { code: string; message: string; retryAfterMs?: number } };

export interface SentCommand {
  readonly name: string;
  readonly payload: Payload;
}

export const SELF_ID = 'ptc_self';

export class FakeServer {
  /** Everything the client ever sent, in order. */
  readonly commands: SentCommand[] = [];
  connections = 0;
  reachable = true;
  /** Commands of these names get no answer: it is lost on the way. */
  readonly mute = new Set<string>();
  /** Codes for the next commands of a name, once each. */
  readonly refusals = new Map<string, { code: string; retryAfterMs?: number }[]>();
  readonly participants = new Map<string, Payload>();
  readonly chat: Payload[] = [];
  seq = 0;
  epoch = 0;
  meetingId = 'mtg_1';
  canPublish = ['microphone', 'camera', 'screen', 'screen-audio'];
  private readonly history: { event: string; data: Payload }[] = [];
  private readonly answered = new Map<string, Reply>();
  private line: SocketHandlers | null = null;
  private seated = false;
  private held = true;
  private resumeCount = 0;

  readonly openSocket: OpenSocket = (_url, _auth, handlers) => {
    this.connections += 1;
    let closed = false;
    queueMicrotask(() => {
      if (closed) return;
      if (!this.reachable) {
        handlers.refused({ message: 'xhr poll error', data: undefined });
        return;
      }
      this.line = handlers;
      handlers.connected();
    });
    return {
      emit: (name, payload, acknowledge) => {
        if (!closed) this.receive(name, payload as Payload, handlers, acknowledge);
      },
      close: () => {
        closed = true;
        if (this.line === handlers) this.line = null;
      },
    };
  };

  get isConnected(): boolean {
    return this.line !== null;
  }

  sent(name: string): Payload[] {
    return this.commands.filter((one) => one.name === name).map((one) => one.payload);
  }

  refuseNext(name: string, code: string, retryAfterMs?: number): void {
    const refusal = retryAfterMs === undefined ? { code } : { code, retryAfterMs };
    this.refusals.set(name, [...(this.refusals.get(name) ?? []), refusal]);
  }

  /** The line breaks; the seat stays. */
  cut(): void {
    const { line } = this;
    this.line = null;
    line?.lost('transport close');
  }

  /** A new server process that knows the meeting from its journal. */
  restart(): void {
    this.cut();
    this.answered.clear();
  }

  /** The seat was given up meanwhile: whoever comes back gets a fresh one, which has no transport. */
  expireSeat(): void {
    this.held = false;
    this.epoch = 1;
  }

  /** The seat's transport dies with its media worker. */
  resetMedia(): void {
    this.epoch += 1;
    this.toSeat('media-reset', { transportEpoch: this.epoch, reason: 'worker-lost' });
  }

  /** An event of the meeting, heard by the client if its line is up, else missed. */
  announce(event: string, data: Payload): void {
    this.seq += 1;
    const numbered = { ...data, seq: this.seq };
    this.history.push({ event, data: numbered });
    if (this.seated) this.line?.event(event, numbered);
  }

  /** An event that is lost on the way although the line is up. */
  lose(event: string, data: Payload): void {
    const { line } = this;
    this.line = null;
    this.announce(event, data);
    this.line = line;
  }

  joinOther(participantId: string, displayName = participantId): void {
    const participant = {
      participantId,
      displayName,
      role: 'participant',
      kind: 'person',
      joinedAt: 1,
      connection: 'connected',
      producers: [],
    };
    this.participants.set(participantId, participant);
    this.announce('participant-joined', { participant });
  }

  leaveOther(participantId: string): void {
    this.participants.delete(participantId);
    this.announce('participant-left', { participantId, reason: 'left' });
  }

  say(participantId: string, text: string): string {
    const messageId = `msg_${this.chat.length + 1}`;
    const message = {
      messageId,
      participantId,
      displayName: participantId,
      text,
      sentAt: 5,
      seq: this.seq + 1,
    };
    this.chat.push(message);
    this.announce('chat-sent', { message });
    return messageId;
  }

  toSeat(event: string, data: Payload): void {
    this.line?.event(event, data);
  }

  private receive(
    name: string,
    payload: Payload,
    line: SocketHandlers,
    acknowledge: (reply: unknown) => void,
  ): void {
    // As on a network: what was handed over is on its way when the line breaks right after.
    this.commands.push({ name, payload: structuredClone(payload) });
    queueMicrotask(() => {
      const { reply, after } = this.handle(name, payload);
      if (line !== this.line || this.mute.has(name)) return;
      acknowledge(reply);
      after?.();
    });
  }

  private handle(name: string, payload: Payload): { reply: Reply; after?: () => void } {
    const refusal = this.refusals.get(name)?.shift();
    if (refusal !== undefined) return { reply: { ok: false, error: { message: '', ...refusal } } };
    if (name === 'join-room') return this.join(payload);
    const commandId = typeof payload['commandId'] === 'string' ? payload['commandId'] : null;
    const before = commandId === null ? undefined : this.answered.get(commandId);
    if (before !== undefined) return { reply: before };
    const done = this.carryOut(name, payload);
    if (commandId !== null) this.answered.set(commandId, done.reply);
    return done;
  }

  private carryOut(name: string, payload: Payload): { reply: Reply; after?: () => void } {
    const ok = (result: unknown = {}): Reply => ({ ok: true, result });
    switch (name) {
      case 'send-chat': {
        const messageId = this.say(SELF_ID, String(payload['text']));
        return { reply: ok({ messageId, seq: this.seq }) };
      }
      case 'offer':
        this.epoch = Number(payload['transportEpoch']);
        return {
          reply: ok({ sdp: 'v=0 answer', transportEpoch: this.epoch, slots: [], producers: [] }),
        };
      case 'request-snapshot':
        return { reply: ok(), after: () => this.sendSnapshot({ resumed: true }) };
      case 'leave':
        this.seated = false;
        return { reply: ok() };
      default:
        return { reply: ok() };
    }
  }

  private join(payload: Payload): { reply: Reply; after: () => void } {
    const resume = payload['resume'] as { lastSeq: number } | undefined;
    const hasOffer = payload['offer'] !== undefined;
    if (hasOffer) this.epoch += 1;
    const missed =
      resume === undefined
        ? []
        : this.history.filter(({ data }) => Number(data['seq']) > resume.lastSeq);
    const offered = payload['offer'] as { publish: { source: string }[] } | undefined;
    const refused = offered?.publish.find(({ source }) => !this.canPublish.includes(source));
    const offerError =
      refused === undefined
        ? null
        : { code: 'publish_not_allowed', message: '', context: { source: refused.source } };
    const answer =
      hasOffer && offerError === null ? { sdp: 'v=0 answer', slots: [], producers: [] } : null;
    this.seated = true;
    const resumed = resume !== undefined && this.held;
    this.held = true;
    return {
      reply: { ok: true, result: { status: 'joined' } },
      after: () => this.sendSnapshot({ resumed, missed, answer, offerError }),
    };
  }

  private sendSnapshot(extra: Payload): void {
    this.resumeCount += 1;
    this.toSeat('room-joined', {
      protocol: 1,
      roomId: 'room_1',
      meetingId: this.meetingId,
      room: { name: 'Room', slug: 'room', maxParticipants: 100, features: { chat: true } },
      self: {
        participantId: SELF_ID,
        seatId: 'seat_1',
        resumeToken: `resume_${this.resumeCount}`,
        role: 'participant',
        displayName: 'Me',
        canPublish: [...this.canPublish],
      },
      seq: this.seq,
      serverTime: Date.now() + 1_000,
      startedAt: 1,
      participants: [self(), ...this.participants.values()],
      chat: [...this.chat],
      transportEpoch: this.epoch,
      iceServers: [],
      missed: [],
      answer: null,
      tokenExpiresAt: null,
      ...extra,
    });
  }
}

function self(): Payload {
  return {
    participantId: SELF_ID,
    displayName: 'Me',
    role: 'participant',
    kind: 'person',
    joinedAt: 0,
    connection: 'connected',
    producers: [],
  };
}

/**
 * A room without a server: renders any state, and notes what the application asked for.
 *
 * It keeps the contract of `Room` (stable stores, optimistic chat) and decides nothing by itself.
 */
import { Emitter } from '../emitter';
import { IDLE } from '../state/model';
import { createStore, type WritableStore } from '../store';
import type {
  ChatEntry,
  LocalMedia,
  MeetingState,
  Participant,
  Room,
  RoomEvents,
  Speaker,
  VideoLayer,
  VideoSource,
  WantedVideo,
} from '../types';
import { createFakeLocal, type FakeLocalMedia } from './fakeLocal';

export interface FakeRoomOptions {
  readonly local?: LocalMedia;
  /** Makes the picture of a video that the layout wants; null shows none. */
  readonly video?: (participantId: string, source: VideoSource) => MediaStreamTrack | null;
}

export interface FakeRoom extends Room {
  readonly speakers: WritableStore<readonly Speaker[]>;
  /** What the application wants to see, as it last said. */
  readonly wanted: WritableStore<readonly WantedVideo[]>;
  readonly audio: Room['audio'] & { readonly blocked: WritableStore<boolean> };
  update(patch: Partial<MeetingState>): void;
  setParticipants(participants: readonly Participant[]): void;
  setVideo(participantId: string, source: VideoSource, track: MediaStreamTrack | null): void;
  setLayer(participantId: string, source: VideoSource, layer: VideoLayer | null): void;
  receiveChat(entry: Partial<ChatEntry> & { readonly text: string }): void;
  emit<Name extends keyof RoomEvents>(name: Name, event: RoomEvents[Name]): void;
}

/** A participant with everything filled in. */
export function fakeParticipant(
  participant: Partial<Participant> & { readonly participantId: string },
): Participant {
  return {
    displayName: participant.participantId,
    role: 'participant',
    kind: 'person',
    joinedAt: 0,
    connection: 'connected',
    producers: [],
    ...participant,
  };
}

export function createFakeRoom(
  initial: Partial<MeetingState> = {},
  options: FakeRoomOptions = {},
): FakeRoom {
  const state = createStore<MeetingState>({ ...IDLE, ...initial });
  const update = (patch: Partial<MeetingState>) => state.set({ ...state.getSnapshot(), ...patch });
  const local: LocalMedia | FakeLocalMedia = options.local ?? createFakeLocal();
  const events = new Emitter<RoomEvents>();
  const media = fakeVideos(options.video ?? (() => null));
  const chat = fakeChat(state, update, events);
  const speakers = createStore<readonly Speaker[]>([]);
  const wanted = createStore<readonly WantedVideo[]>([]);
  const blocked = createStore(false);
  return {
    state,
    local,
    speakers,
    wanted,
    update,
    audio: {
      blocked,
      resume: () => done(() => blocked.set(false)),
      setOutput: () => Promise.resolve(),
    },
    ...media,
    ...chat,
    setParticipants: (list) =>
      update({
        participants: new Map(list.map((one) => [one.participantId, one])),
        order: list.map((one) => one.participantId),
      }),
    setWanted: (wants) => wanted.set(wants),
    prepare: () => undefined,
    join: () => done(() => update({ phase: 'joined' })),
    retryNow: () => undefined,
    leave: () => done(() => update({ phase: 'left' })),
    on: (name, listener) => events.on(name, listener),
    emit: (name, event) => events.emit(name, event),
    stats: () =>
      Promise.resolve({
        at: 0,
        roundTripMs: 20,
        sendBps: 1_500_000,
        receiveBps: 3_000_000,
        protocol: 'udp',
        sent: [],
        received: [],
      }),
  };
}

/** What a server would confirm happens at once. */
function done(effect: () => unknown): Promise<void> {
  effect();
  return Promise.resolve();
}

type FakeVideos = Pick<FakeRoom, 'videoTrack' | 'videoLayer' | 'setVideo' | 'setLayer'>;

function fakeVideos(
  makeTrack: (participantId: string, source: VideoSource) => MediaStreamTrack | null,
): FakeVideos {
  const tracks = new Map<string, WritableStore<MediaStreamTrack | null>>();
  const layers = new Map<string, WritableStore<VideoLayer | null>>();
  const track = (id: string, source: VideoSource) =>
    kept(tracks, `${id}/${source}`, () => makeTrack(id, source));
  const layer = (id: string, source: VideoSource) => kept(layers, `${id}/${source}`, () => null);
  return {
    videoTrack: track,
    videoLayer: layer,
    setVideo: (id, source, next) => track(id, source).set(next),
    setLayer: (id, source, next) => layer(id, source).set(next),
  };
}

function kept<T>(
  stores: Map<string, WritableStore<T>>,
  key: string,
  initial: () => T,
): WritableStore<T> {
  const found = stores.get(key);
  if (found !== undefined) return found;
  const made = createStore(initial());
  stores.set(key, made);
  return made;
}

function fakeChat(
  state: WritableStore<MeetingState>,
  update: (patch: Partial<MeetingState>) => void,
  events: Emitter<RoomEvents>,
): Pick<FakeRoom, 'sendChat' | 'retryChat' | 'receiveChat'> {
  let count = 0;
  const append = (entry: Partial<ChatEntry> & { readonly text: string }): ChatEntry => {
    const { self, chat } = state.getSnapshot();
    count += 1;
    const whole: ChatEntry = {
      key: `fake_${count}`,
      messageId: `msg_fake_${count}`,
      participantId: self?.participantId ?? 'ptc_self',
      displayName: self?.displayName ?? '',
      sentAt: Date.now(),
      status: 'sent',
      error: null,
      ...entry,
    };
    update({ chat: [...chat, whole] });
    return whole;
  };
  return {
    sendChat: (text) => done(() => append({ text })),
    retryChat: (key) =>
      done(() =>
        update({
          chat: state
            .getSnapshot()
            .chat.map((entry) =>
              entry.key === key ? { ...entry, status: 'sent', error: null } : entry,
            ),
        }),
      ),
    receiveChat: (entry) => events.emit('chat-received', { entry: append(entry) }),
  };
}

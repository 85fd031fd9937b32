/** Own devices without a browser's permission: every change of state can be provoked. */
import { createStore } from '../store';
import type { LocalMedia, LocalSource, LocalSourceState, StartOptions } from '../types';

export const OFF: LocalSourceState = Object.freeze({
  status: 'off',
  track: null,
  audioTrack: null,
  deviceId: null,
  error: null,
});

export interface FakeLocalSource extends LocalSource {
  /** Puts the source into any state: starting, failed with an error, … */
  set(state: Partial<LocalSourceState>): void;
}

export interface FakeLocalMedia extends LocalMedia {
  readonly microphone: FakeLocalSource;
  readonly camera: FakeLocalSource;
  readonly screen: FakeLocalSource;
}

export type FakeTracks = Partial<
  Record<'microphone' | 'camera' | 'screen', () => MediaStreamTrack | null>
>;

/** `tracks` makes what a start yields; without it sources turn on with no track. */
export function createFakeLocal(tracks: FakeTracks = {}): FakeLocalMedia {
  const sources = {
    microphone: fakeSource(tracks.microphone),
    camera: fakeSource(tracks.camera),
    screen: fakeSource(tracks.screen),
  };
  return {
    ...sources,
    dispose: () => {
      for (const source of Object.values(sources)) source.stop();
    },
  };
}

function fakeSource(makeTrack: () => MediaStreamTrack | null = () => null): FakeLocalSource {
  const state = createStore<LocalSourceState>(OFF);
  const patch = (change: Partial<LocalSourceState>) =>
    state.set({ ...state.getSnapshot(), ...change });
  return {
    state,
    set: patch,
    start: (options: StartOptions = {}) => {
      state.getSnapshot().track?.stop();
      patch({ status: 'on', track: makeTrack(), deviceId: options.deviceId ?? null, error: null });
      return Promise.resolve();
    },
    stop: () => {
      state.getSnapshot().track?.stop();
      state.set(OFF);
    },
    mute: () => {
      if (state.getSnapshot().status === 'on') patch({ status: 'muted' });
    },
    unmute: () => {
      if (state.getSnapshot().status === 'muted') patch({ status: 'on' });
    },
  };
}

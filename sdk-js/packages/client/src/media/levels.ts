/** How loud a track is, 0 to 100, for a meter. An analyser polled by a timer; no worklet to load. */
import { createStore } from '../store';
import type { ReadableStore } from '../types';

/** Twenty a second look continuous and cost nothing. */
const PERIOD_MS = 50;
/** Below this a room is silent (dBFS). */
const FLOOR_DB = -60;
/** Full scale of the meter: loud speech, not clipping. */
const CEILING_DB = -10;
/** A meter rises at once and falls slowly, as eyes expect. */
const FALL_PER_PERIOD = 6;

export interface LevelMeter extends ReadableStore<number> {
  stop(): void;
}

let shared: AudioContext | null = null;
let meters = 0;

/** Runs until `stop`, or until the track ends. */
export function createLevelMeter(track: MediaStreamTrack): LevelMeter {
  const store = createStore(0);
  const context = (shared ??= new AudioContext());
  meters += 1;
  // Chromium starts a context suspended until a gesture; the meter then moves from the first click on.
  if (context.state === 'suspended') void context.resume().catch(() => undefined);
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let running = true;
  const timer = setInterval(() => {
    if (track.readyState === 'ended') {
      stop();
      return;
    }
    analyser.getFloatTimeDomainData(samples);
    const level = track.enabled ? levelOf(samples) : 0;
    store.set(Math.max(level, store.getSnapshot() - FALL_PER_PERIOD, 0));
  }, PERIOD_MS);
  const stop = () => {
    if (!running) return;
    running = false;
    clearInterval(timer);
    source.disconnect();
    store.set(0);
    meters -= 1;
    if (meters > 0) return;
    shared = null;
    void context.close().catch(() => undefined);
  };
  return {
    getSnapshot: () => store.getSnapshot(),
    subscribe: (listener) => store.subscribe(listener),
    stop,
  };
}

export function levelOf(samples: Float32Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const decibel = 10 * Math.log10(energy / Math.max(1, samples.length) + 1e-12);
  const share = (decibel - FLOOR_DB) / (CEILING_DB - FLOOR_DB);
  return Math.round(100 * Math.min(1, Math.max(0, share)));
}

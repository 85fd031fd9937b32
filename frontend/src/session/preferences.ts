/**
 * What this browser remembers: name, devices, on/off choices, theme. One versioned entry in local storage, one owner.
 * Nothing here is needed to work: blocked or broken storage means defaults.
 */
import { createStore, type ReadableStore } from '../lib/store';

export type ThemeChoice = 'auto' | 'system' | 'light' | 'dark';

export interface Preferences {
  readonly displayName: string;
  readonly theme: ThemeChoice;
  readonly microphoneId: string | null;
  readonly cameraId: string | null;
  readonly speakerId: string | null;
  readonly startMuted: boolean;
  readonly startWithoutVideo: boolean;
  readonly hasSingleKeyShortcuts: boolean;
}

const KEY = 'sf:preferences:1'; // index.html reads `theme` from it before the first paint

const DEFAULTS: Preferences = {
  displayName: '',
  theme: 'auto',
  microphoneId: null,
  cameraId: null,
  speakerId: null,
  startMuted: false,
  startWithoutVideo: false,
  hasSingleKeyShortcuts: true,
};

const store = createStore<Preferences>({
  ...DEFAULTS,
  ...readEntry<Partial<Preferences>>(KEY, {}),
});

export const preferences: ReadableStore<Preferences> = store;

export function savePreferences(change: Partial<Preferences>): void {
  const next = { ...store.getSnapshot(), ...change };
  store.set(next);
  writeEntry(KEY, next);
}

export function readEntry<T>(key: string, fallback: T): T {
  try {
    const text = localStorage.getItem(key);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

export function writeEntry(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is full or blocked: the choice holds until the page is closed.
  }
}

/**
 * What is said in passing. At most three are shown, the oldest gives way; important ones also stay in a log.
 * Owner of toasts and log for the page; knows nothing of meetings.
 */
import { createStore, type ReadableStore } from '../lib/store';

export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'neutral' | 'wait' | 'danger';
  readonly action: ToastAction | null;
  readonly durationMs: number | null;
  readonly at: number;
}

export interface ToastRequest {
  readonly text: string;
  readonly tone?: Toast['tone'];
  readonly action?: ToastAction;
  /** null keeps it until it is closed. */
  readonly durationMs?: number | null;
  /** Important ones can be read again in the log. */
  readonly isImportant?: boolean;
}

const SHOWN_MAX = 3;
const LOG_MAX = 50;
const DURATION_MS = 5000; // long enough for one sentence twice

export interface Toasts {
  readonly shown: ReadableStore<readonly Toast[]>;
  readonly log: ReadableStore<readonly Toast[]>;
  show(request: ToastRequest): number;
  dismiss(id: number): void;
}

export function createToasts(now: () => number = Date.now): Toasts {
  const shown = createStore<readonly Toast[]>([]);
  const log = createStore<readonly Toast[]>([]);
  let nextId = 1;
  return {
    shown,
    log,
    show({ text, tone = 'neutral', action, durationMs = DURATION_MS, isImportant = false }) {
      const toast: Toast = {
        id: nextId++,
        text,
        tone,
        action: action ?? null,
        durationMs,
        at: now(),
      };
      const rest = shown.getSnapshot().filter((other) => other.text !== text);
      shown.set([...rest, toast].slice(-SHOWN_MAX));
      if (isImportant) log.set([...log.getSnapshot(), toast].slice(-LOG_MAX));
      return toast.id;
    },
    dismiss(id) {
      shown.set(shown.getSnapshot().filter((toast) => toast.id !== id));
    },
  };
}

/** The page's toasts. One region shows them (`ToastRegion`). */
export const toasts = createToasts();

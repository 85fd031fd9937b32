/** A value with listeners. No batching, no middleware: what an external store needs and no more. */
import type { ReadableStore } from './types';

export interface WritableStore<T> extends ReadableStore<T> {
  set(next: T): void;
}

/**
 * A store that tells its listeners only about changes. A listener that throws is reported and
 * stops neither the others nor the writer.
 */
export function createStore<T>(initial: T): WritableStore<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    getSnapshot: () => value,
    subscribe(listener) {
      // One function may be subscribed twice; each subscription lives its own life.
      const own = () => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) runListener(listener);
    },
  };
}

/** Calls foreign code; its exception surfaces as an unhandled error instead of breaking the caller. */
export function runListener(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

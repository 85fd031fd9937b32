/** Bridges a readable store (the SDK's shape) to React and to code that must not re-render. */
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react';

export interface ReadableStore<T> {
  getSnapshot(): T;
  subscribe(listener: () => void): () => void;
}

export interface WritableStore<T> extends ReadableStore<T> {
  set(next: T): void;
}

export function createStore<T>(initial: T): WritableStore<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    getSnapshot: () => value,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
  };
}

export function useStore<T>(store: ReadableStore<T>): T {
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store]);
  return useSyncExternalStore(subscribe, () => store.getSnapshot());
}

/** Re-renders only when the selected part changes. `select` must return a stable reference for equal input. */
export function useSelector<T, Part>(store: ReadableStore<T>, select: (value: T) => Part): Part {
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store]);
  return useSyncExternalStore(subscribe, () => select(store.getSnapshot()));
}

/** Runs `effect` with each value, outside React's rendering: for meters and rings that change many times a second. */
export function useStoreEffect<T>(
  store: ReadableStore<T> | null,
  effect: (value: T) => void,
): void {
  const latest = useRef(effect);
  useEffect(() => {
    latest.current = effect;
  });
  useEffect(() => {
    if (store === null) return undefined;
    const run = () => latest.current(store.getSnapshot());
    run();
    return store.subscribe(run);
  }, [store]);
}

/** A media query as a value, for the few decisions that CSS cannot take. */
import { useCallback, useSyncExternalStore } from 'react';

export const PHONE = '(max-width: 639px), (max-height: 479px)';
export const REDUCED_MOTION = '(prefers-reduced-motion: reduce)';

export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

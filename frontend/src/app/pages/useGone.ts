/** Calls back once the component is gone for good. StrictMode unmounts and mounts again at once, and keeps the state. */
import { useEffect, useRef } from 'react';

export function useGone(onGone: () => void): void {
  const isMounted = useRef(true);
  const latest = useRef(onGone);
  useEffect(() => {
    latest.current = onGone;
  });
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
      queueMicrotask(() => {
        if (!isMounted.current) latest.current();
      });
    };
  }, []);
}

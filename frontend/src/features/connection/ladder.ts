/** The steps of the reconnect ladder and the clock that climbs it. */
import { useEffect, useState } from 'react';

export type Step = 'quiet' | 'reconnecting' | 'counting' | 'choice';

/** Seconds at which each step begins: most losses heal within two and are not worth a word. */
const BEGINS = { reconnecting: 2, counting: 10, choice: 30 } as const;

export function stepOf(secondsLost: number): Step {
  if (secondsLost >= BEGINS.choice) return 'choice';
  if (secondsLost >= BEGINS.counting) return 'counting';
  return secondsLost >= BEGINS.reconnecting ? 'reconnecting' : 'quiet';
}

/** Whole seconds since the connection was lost; 0 while it stands. */
export function useSecondsLost(isLost: boolean): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    if (!isLost) return undefined;
    const since = performance.now();
    const timer = setInterval(
      () => setSeconds(Math.floor((performance.now() - since) / 1000)),
      500,
    );
    return () => {
      clearInterval(timer);
      setSeconds(0);
    };
  }, [isLost]);
  return isLost ? seconds : 0;
}

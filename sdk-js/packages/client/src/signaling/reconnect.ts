/** When to try again. Pure: the caller has the clock and the dice. */

/** A restarted server must be found within its first seconds, so the steps stay short while the seat is held. */
const STEPS_MS = [0, 300, 800, 1_500, 2_000] as const;
/** The server holds a seat for 60 s; after that there is no hurry. */
const SEAT_HELD_MS = 60_000;
const PATIENT_MS = 6_000;
/** People of one room lose their server at the same moment and must not return at the same moment. */
const SPREAD_MS = 400;
const SPREAD_SHARE = 0.3;

export function reconnectDelayMs(attempt: number, lostForMs: number, random: number): number {
  const step = STEPS_MS[Math.min(attempt, STEPS_MS.length - 1)] ?? PATIENT_MS;
  const base = lostForMs > SEAT_HELD_MS ? PATIENT_MS : step;
  return Math.round(base + random * Math.max(SPREAD_MS, base * SPREAD_SHARE));
}

/** Codes after which trying again with the same words is sensible. */
const RETRYABLE = new Set([
  'timeout',
  'unreachable',
  'rate_limited',
  'starting',
  'shutting_down',
  'storage_unavailable',
  'internal',
  'node_full',
]);

export function isRetryable(code: string): boolean {
  return RETRYABLE.has(code);
}

/** Durations and wall-clock times as text in the reader's locale. Pure. */

/** `4:05`, `1:02:03`: an elapsed time, never negative. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown
    .map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0')))
    .join(':');
}

const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });

export function formatClock(epochMs: number): string {
  return clock.format(epochMs);
}

const DAY_MS = 86_400_000;
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const calendar = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** "today", "yesterday", "5 days ago", then the date. */
export function formatDay(epochMs: number, nowMs: number): string {
  const days = Math.round((startOfDay(nowMs) - startOfDay(epochMs)) / DAY_MS);
  return days < 7 ? relative.format(-days, 'day') : calendar.format(epochMs);
}

function startOfDay(epochMs: number): number {
  return new Date(epochMs).setHours(0, 0, 0, 0);
}

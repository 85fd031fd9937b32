/** Figures of measurements that tests print. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error('no values to take a median of');
  return (low + high) / 2;
}

/** Nearest rank: the smallest value that so many per cent do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (value === undefined) throw new Error('no values to take a percentile of');
  return value;
}

/** Prints a figure as all benchmarks do. A missed goal fails nothing. */
export function tell(what: string, measured: string, goal: string, accepted = goal): void {
  console.log(`${what}: measured ${measured} / goal ${goal} / accepted ${accepted}`);
}

export function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

/**
 * A level between 0 and 1 that moves many times a second. It is written to the compositor (transform only), outside
 * React, so that a moving meter costs no render and no layout.
 */
import { useRef } from 'react';
import { useStoreEffect, type ReadableStore } from '../lib/store';
import { cx } from './cx';
import styles from './Meter.module.css';

export interface MeterProps {
  readonly level: ReadableStore<number> | null;
  readonly label: string;
  readonly className?: string | undefined;
}

export function Meter({ level, label, className }: MeterProps) {
  const fill = useRef<HTMLSpanElement>(null);
  useStoreEffect(level, (value) => {
    const clamped = Math.min(1, Math.max(0, value));
    fill.current?.style.setProperty('transform', `scaleX(${clamped.toFixed(3)})`);
  });
  return (
    <span role="img" aria-label={label} className={cx(styles.meter, className)}>
      <span ref={fill} className={styles.fill} />
    </span>
  );
}

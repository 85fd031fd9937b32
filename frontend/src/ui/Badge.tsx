/** A short state in words or a number. The tone only repeats what the words say. */
import type { LucideIcon } from 'lucide-react';
import { Icon } from './Icon';
import { cx } from './cx';
import styles from './Badge.module.css';

export interface BadgeProps {
  readonly children: string;
  readonly icon?: LucideIcon;
  readonly tone?: 'neutral' | 'wait' | 'danger' | 'live';
  readonly className?: string | undefined;
}

export function Badge({ children, icon, tone = 'neutral', className }: BadgeProps) {
  return (
    <span className={cx(styles.badge, styles[tone], className)}>
      {icon !== undefined && <Icon of={icon} size={14} />}
      {children}
    </span>
  );
}

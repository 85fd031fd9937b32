/** Text buttons. One primary per screen; `danger` is for leaving and removing only. */
import type { ComponentPropsWithRef } from 'react';
import type { LucideIcon } from 'lucide-react';
import { Icon } from './Icon';
import { cx } from './cx';
import styles from './Button.module.css';

export interface ButtonProps extends ComponentPropsWithRef<'button'> {
  readonly variant?: 'primary' | 'secondary' | 'ghost' | 'danger';
  readonly size?: 'small' | 'medium' | 'large';
  readonly icon?: LucideIcon;
  /** Work is under way: the button keeps its size and its words, shows a thin ring and takes no second click. */
  readonly isPending?: boolean;
}

export function Button(props: ButtonProps) {
  const { variant = 'secondary', size = 'medium', icon, isPending = false, ...rest } = props;
  const { className, children, onClick, ...button } = rest;
  return (
    <button
      type="button"
      {...button}
      className={cx(styles.button, styles[variant], styles[size], className)}
      aria-busy={isPending || undefined}
      aria-disabled={isPending || undefined}
      onClick={isPending ? (event) => event.preventDefault() : onClick}
    >
      {icon !== undefined && <Icon of={icon} size={size === 'small' ? 16 : 20} />}
      <span className={styles.label}>{children}</span>
    </button>
  );
}

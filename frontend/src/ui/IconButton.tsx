/**
 * A button that is only an icon. Its name is always there (label and tooltip); a toggle keeps its name and tells its
 * state by aria-pressed, so that name and state never change together.
 */
import type { ComponentPropsWithRef } from 'react';
import type { LucideIcon } from 'lucide-react';
import { Icon } from './Icon';
import { Tooltip } from './Tooltip';
import { cx } from './cx';
import styles from './IconButton.module.css';

export interface IconButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'children'> {
  readonly icon: LucideIcon;
  readonly label: string;
  /** Shown after the label in the tooltip, and told to assistive technology as the shortcut. */
  readonly shortcut?: string;
  /** What the tooltip says when it differs from the name, for example what a click would do. */
  readonly hint?: string;
  readonly size?: 'small' | 'medium' | 'bar';
  readonly tone?: 'plain' | 'filled' | 'off' | 'active' | 'danger' | 'video';
  readonly badge?: number;
  /** `news` asks for attention, `count` only counts. */
  readonly badgeTone?: 'news' | 'count';
  readonly isPending?: boolean;
}

export function IconButton(props: IconButtonProps) {
  const { icon, label, shortcut, hint, size = 'medium', tone = 'plain', ...rest } = props;
  const { badge = 0, badgeTone = 'news', isPending = false, className, ...button } = rest;
  return (
    <Tooltip text={hint ?? label} {...(shortcut === undefined ? {} : { shortcut })}>
      <button
        type="button"
        aria-label={label}
        aria-keyshortcuts={shortcut}
        aria-busy={isPending || undefined}
        {...button}
        className={cx(styles.button, styles[size], styles[tone], className)}
      >
        <Icon of={icon} size={size === 'small' ? 16 : 20} />
        {badge > 0 && (
          <span className={cx(styles.badge, styles[badgeTone])} aria-hidden="true">
            {badgeTone === 'news' && badge > 9 ? '9+' : badge}
          </span>
        )}
      </button>
    </Tooltip>
  );
}

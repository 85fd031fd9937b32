/** A disc with initials; its hue comes from the person's id, so that it is the same for everybody. */
import { hueOf, initialsOf } from '../lib/identity';
import { cx } from './cx';
import styles from './Avatar.module.css';

export interface AvatarProps {
  readonly id: string;
  readonly name: string;
  readonly size?: 'small' | 'medium' | 'tile';
  readonly className?: string | undefined;
}

export function Avatar({ id, name, size = 'medium', className }: AvatarProps) {
  const colour = { '--sf-hue': hueOf(id) } as React.CSSProperties;
  return (
    <span aria-hidden="true" className={cx(styles.avatar, styles[size], className)} style={colour}>
      {initialsOf(name)}
    </span>
  );
}

/** A toggle and its menu as one control: the same in prejoin and in the meeting. */
import { ChevronUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { Icon } from './Icon';
import { IconButton, type IconButtonProps } from './IconButton';
import { Menu } from './Menu';
import { cx } from './cx';
import styles from './SplitButton.module.css';

export interface SplitButtonProps extends Omit<IconButtonProps, 'size' | 'badge'> {
  readonly menuLabel: string;
  readonly menu: ReactNode;
  readonly onMenuOpen?: () => void;
  /** Drawn over the icon's edge, for example the microphone's level. */
  readonly indicator?: ReactNode;
}

export function SplitButton(props: SplitButtonProps) {
  const { menuLabel, menu, onMenuOpen, indicator, tone = 'filled', ...button } = props;
  const openChange = (isOpen: boolean) => {
    if (isOpen) onMenuOpen?.();
  };
  const caret = (
    <button type="button" className={styles.caret} aria-label={menuLabel}>
      <Icon of={ChevronUp} size={16} />
    </button>
  );
  return (
    <div className={cx(styles.split, styles[tone])}>
      <IconButton {...button} size="bar" tone={tone} />
      {indicator}
      <Menu trigger={caret} onOpenChange={openChange}>
        {menu}
      </Menu>
    </div>
  );
}

/** Menus on Radix: arrow keys, type-ahead, Escape and focus return come from there; look and words from here. */
import * as Radix from '@radix-ui/react-dropdown-menu';
import { Check, type LucideIcon } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { Icon } from './Icon';
import { cx } from './cx';
import styles from './Menu.module.css';

export interface MenuProps {
  readonly trigger: ReactElement;
  readonly children: ReactNode;
  readonly align?: 'start' | 'center' | 'end';
  readonly side?: 'top' | 'bottom';
  readonly onOpenChange?: (isOpen: boolean) => void;
}

export function Menu({
  trigger,
  children,
  align = 'start',
  side = 'top',
  onOpenChange,
}: MenuProps) {
  return (
    <Radix.Root modal={false} {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          className={styles.menu}
          align={align}
          side={side}
          sideOffset={8}
          collisionPadding={8}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export interface MenuItemProps {
  readonly icon?: LucideIcon;
  readonly children: ReactNode;
  readonly hint?: string;
  readonly tone?: 'plain' | 'danger';
  readonly onSelect: () => void;
}

export function MenuItem({ icon, children, hint, tone = 'plain', onSelect }: MenuItemProps) {
  return (
    <Radix.Item className={cx(styles.item, styles[tone])} onSelect={onSelect}>
      {icon !== undefined && <Icon of={icon} />}
      <span className={styles.text}>{children}</span>
      {hint !== undefined && <kbd className={styles.hint}>{hint}</kbd>}
    </Radix.Item>
  );
}

export interface MenuChoice {
  readonly value: string;
  readonly label: string;
}

export interface MenuChoicesProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly MenuChoice[];
  readonly onChange: (value: string) => void;
}

/** A titled group of which exactly one is chosen. */
export function MenuChoices({ label, value, choices, onChange }: MenuChoicesProps) {
  return (
    <Radix.RadioGroup value={value} onValueChange={onChange} aria-label={label}>
      <Radix.Label className={styles.label}>{label}</Radix.Label>
      {choices.map((choice) => (
        <Radix.RadioItem key={choice.value} value={choice.value} className={styles.item}>
          <span className={styles.mark}>
            <Radix.ItemIndicator>
              <Icon of={Check} size={16} />
            </Radix.ItemIndicator>
          </span>
          <span className={styles.text}>{choice.label}</span>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

export function MenuSeparator() {
  return <Radix.Separator className={styles.separator} />;
}

export function MenuNote({ children }: { readonly children: ReactNode }) {
  return <p className={styles.note}>{children}</p>;
}

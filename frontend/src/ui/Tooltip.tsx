/** A name for an icon on hover and focus. Never the only place where something is said. */
import * as Radix from '@radix-ui/react-tooltip';
import type { ReactElement } from 'react';
import styles from './Tooltip.module.css';

const DELAY_MS = 500;

export interface TooltipProps {
  readonly text: string;
  readonly shortcut?: string;
  readonly side?: 'top' | 'bottom';
  readonly children: ReactElement;
}

export const TooltipProvider = ({ children }: { readonly children: ReactElement }) => (
  <Radix.Provider delayDuration={DELAY_MS}>{children}</Radix.Provider>
);

export function Tooltip({ text, shortcut, side = 'top', children }: TooltipProps) {
  return (
    <Radix.Root disableHoverableContent>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.tooltip} side={side} sideOffset={8} collisionPadding={8}>
          {text}
          {shortcut !== undefined && <kbd className={styles.key}>{shortcut.toUpperCase()}</kbd>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

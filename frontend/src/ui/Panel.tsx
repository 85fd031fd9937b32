/**
 * A side panel beside the stage; on a phone a bottom sheet over it. Not modal: the meeting stays reachable.
 * Escape closes it; the opener returns focus.
 */
import { X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { t } from '../i18n';
import { IconButton } from './IconButton';
import styles from './Panel.module.css';

export interface PanelProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
}

export function Panel({ title, onClose, children, footer }: PanelProps) {
  const titleId = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // A child that wants the focus (the chat's field) has taken it by now: effects of children run first.
    const panel = heading.current?.closest('aside');
    if (panel?.contains(document.activeElement) !== true) heading.current?.focus();
  }, []);
  useEffect(() => {
    const panel = heading.current?.closest('aside');
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) onClose();
    };
    panel?.addEventListener('keydown', onKeyDown);
    return () => panel?.removeEventListener('keydown', onKeyDown);
  }, [onClose]);
  return (
    <>
      <div className={styles.scrim} onClick={onClose} aria-hidden="true" />
      <aside className={styles.panel} aria-labelledby={titleId}>
        <header className={styles.header}>
          <h2 id={titleId} ref={heading} tabIndex={-1} className={styles.title}>
            {title}
          </h2>
          <IconButton icon={X} label={t('action.closePanel', { title })} onClick={onClose} />
        </header>
        <div className={styles.body}>{children}</div>
        {footer !== undefined && <div className={styles.footer}>{footer}</div>}
      </aside>
    </>
  );
}

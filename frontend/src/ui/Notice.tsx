/** A whole page that says what happened and what to do next: not found, full, left, unreachable. */
import type { ReactNode } from 'react';
import { t } from '../i18n';
import styles from './Notice.module.css';

export interface NoticeProps {
  readonly title: string;
  readonly text?: string;
  /** A stable error code, shown small beside "Copy details". */
  readonly code?: string | undefined;
  readonly onCopyDetails?: () => void;
  readonly children?: ReactNode;
}

export function Notice({ title, text, code, onCopyDetails, children }: NoticeProps) {
  return (
    <main className={styles.page}>
      <div className={styles.notice} role="alert">
        <h1 className={styles.title}>{title}</h1>
        {text !== undefined && <p className={styles.text}>{text}</p>}
        <div className={styles.actions}>{children}</div>
        {code !== undefined && (
          <p className={styles.code}>
            <code>{code}</code>
            {onCopyDetails !== undefined && (
              <button type="button" className={styles.copy} onClick={onCopyDetails}>
                {t('action.copyDetails')}
              </button>
            )}
          </p>
        )}
      </div>
    </main>
  );
}

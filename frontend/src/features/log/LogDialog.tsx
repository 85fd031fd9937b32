/** What was important and may have been missed in passing. */
import { t } from '../../i18n';
import { formatClock } from '../../lib/time';
import { useStore } from '../../lib/store';
import { Dialog } from '../../ui/Dialog';
import { toasts } from '../../ui/toasts';
import styles from './LogDialog.module.css';

export interface LogDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function LogDialog({ isOpen, onClose }: LogDialogProps) {
  const log = useStore(toasts.log);
  return (
    <Dialog title={t('log.title')} isOpen={isOpen} onClose={onClose}>
      {log.length === 0 ? (
        <p className={styles.empty}>{t('log.empty')}</p>
      ) : (
        <ol className={styles.log}>
          {log.map((entry) => (
            <li key={entry.id} className={styles.entry}>
              <time className={styles.time}>{formatClock(entry.at)}</time>
              <span>{entry.text}</span>
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  );
}

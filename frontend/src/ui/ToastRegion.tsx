/** Shows the page's toasts at the bottom left. The clock stops while one is hovered or has focus. */
import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { t } from '../i18n';
import { useStore } from '../lib/store';
import { Button } from './Button';
import { IconButton } from './IconButton';
import { toasts, type Toast, type Toasts } from './toasts';
import { cx } from './cx';
import styles from './ToastRegion.module.css';

export function ToastRegion({ source = toasts }: { readonly source?: Toasts }) {
  const shown = useStore(source.shown);
  return (
    <section aria-label={t('toast.region')} className={styles.region}>
      <ol className={styles.list}>
        {shown.map((toast) => (
          <ToastItem key={toast.id} toast={toast} onDismiss={() => source.dismiss(toast.id)} />
        ))}
      </ol>
    </section>
  );
}

interface ToastItemProps {
  readonly toast: Toast;
  readonly onDismiss: () => void;
}

function ToastItem({ toast, onDismiss }: ToastItemProps) {
  const [isHeld, setHeld] = useState(false);
  const { durationMs, action } = toast;
  useEffect(() => {
    if (isHeld || durationMs === null) return undefined;
    const timer = setTimeout(onDismiss, durationMs);
    return () => clearTimeout(timer);
  }, [isHeld, durationMs, onDismiss]);
  return (
    <li
      className={cx(styles.toast, styles[toast.tone])}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <p role={toast.tone === 'danger' ? 'alert' : 'status'} className={styles.text}>
        {toast.text}
      </p>
      {action !== null && (
        <Button
          size="small"
          variant="ghost"
          className={styles.action}
          onClick={() => {
            action.run();
            onDismiss();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton icon={X} size="small" label={t('action.dismiss')} onClick={onDismiss} />
    </li>
  );
}

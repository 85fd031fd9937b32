/** A link that can be read, copied and shared. */
import { Check, Copy, Share2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { t } from '../../i18n';
import { copyText } from '../../lib/clipboard';
import { Button } from '../../ui/Button';
import { IconButton } from '../../ui/IconButton';
import styles from './LinkActions.module.css';

const COPIED_MS = 2000;

export function LinkActions({ link }: { readonly link: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <div className={styles.actions}>
      <input
        readOnly
        value={link.replace(/^https?:\/\//u, '')}
        aria-label={t('invite.link')}
        className={styles.link}
        onFocus={(event) => event.target.select()}
      />
      <Button
        variant="primary"
        icon={isCopied ? Check : Copy}
        className={styles.copy}
        onClick={() => void copyText(link).then(setCopied)}
      >
        <span aria-live="polite">{t(isCopied ? 'invite.copied' : 'invite.copy')}</span>
      </Button>
      {'share' in navigator && (
        <IconButton
          icon={Share2}
          tone="filled"
          label={t('invite.share')}
          className={styles.share}
          onClick={() => void navigator.share({ url: link }).catch(() => undefined)}
        />
      )}
    </div>
  );
}

/** Nobody else is here yet: the link, ready to hand out. */
import { QrCode as QrIcon, X } from 'lucide-react';
import { useState } from 'react';
import { t } from '../../i18n';
import { Button } from '../../ui/Button';
import { IconButton } from '../../ui/IconButton';
import { LinkActions } from './LinkActions';
import styles from './AloneCard.module.css';

export interface AloneCardProps {
  readonly link: string;
  readonly onShowCode: () => void;
}

export function AloneCard({ link, onShowCode }: AloneCardProps) {
  const [isClosed, setClosed] = useState(false);
  if (isClosed) return null;
  return (
    <section className={styles.card} aria-labelledby="alone-title">
      <header className={styles.header}>
        <h2 id="alone-title" className={styles.title}>
          {t('alone.title')}
        </h2>
        <IconButton
          icon={X}
          size="small"
          label={t('action.dismiss')}
          onClick={() => setClosed(true)}
        />
      </header>
      <p className={styles.text}>{t('alone.text')}</p>
      <LinkActions link={link} />
      <Button variant="ghost" size="small" icon={QrIcon} className={styles.qr} onClick={onShowCode}>
        {t('alone.showCode')}
      </Button>
    </section>
  );
}

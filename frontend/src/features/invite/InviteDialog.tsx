/** The link to this meeting: to copy, to scan, to hand to the system's share sheet. */
import { t } from '../../i18n';
import { Dialog } from '../../ui/Dialog';
import { LinkActions } from './LinkActions';
import { QrCode } from './QrCode';
import styles from './InviteDialog.module.css';

export interface InviteDialogProps {
  readonly link: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function InviteDialog({ link, isOpen, onClose }: InviteDialogProps) {
  return (
    <Dialog
      title={t('invite.title')}
      description={t('invite.text')}
      isOpen={isOpen}
      onClose={onClose}
    >
      <LinkActions link={link} />
      <figure className={styles.code}>
        <QrCode text={link} label={t('invite.qr')} />
        <figcaption>{t('invite.scan')}</figcaption>
      </figure>
    </Dialog>
  );
}

/**
 * How a lost connection is told, by how long it lasts: a blip says nothing, then that we reconnect, then for how long,
 * then what one can do. The SDK reconnects by itself throughout.
 */
import { WifiOff } from 'lucide-react';
import { t } from '../../i18n';
import { useMeeting, useRoom } from '../../session/RoomContext';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { stepOf, useSecondsLost } from './ladder';
import styles from './ConnectionBanner.module.css';

export function ConnectionBanner({ onRejoin }: { readonly onRejoin: () => void }) {
  const room = useRoom();
  const connection = useMeeting((state) => state.connection);
  const seconds = useSecondsLost(connection !== 'connected');
  const step = stepOf(seconds);
  if (step === 'quiet') return null;
  const canStillTalk = connection === 'signal-lost';
  const text =
    step === 'choice'
      ? t('connection.gone')
      : canStillTalk
        ? t('connection.signalLost')
        : step === 'counting'
          ? t('connection.reconnectingFor', { seconds })
          : t('connection.reconnecting');
  return (
    <div className={styles.banner} role="status">
      <Icon of={WifiOff} size={16} />
      <span className="sf-numbers">{text}</span>
      {(step === 'choice' || (step === 'counting' && !canStillTalk)) && (
        <Button
          size="small"
          className={styles.action}
          onClick={step === 'choice' ? onRejoin : () => room.retryNow()}
        >
          {t(step === 'choice' ? 'action.rejoin' : 'connection.tryNow')}
        </Button>
      )}
    </div>
  );
}

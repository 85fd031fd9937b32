/** "You are sharing": said above the stage instead of showing the share to oneself, which would mirror for ever. */
import { MonitorUp } from 'lucide-react';
import { t } from '../../i18n';
import { useSource } from '../../session/devices';
import { useRoom } from '../../session/RoomContext';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import styles from './ShareBanner.module.css';

export function ShareBanner() {
  const { local } = useRoom();
  const { status, audioTrack } = useSource(local.screen);
  if (status !== 'on') return null;
  return (
    <div className={styles.banner} role="status">
      <Icon of={MonitorUp} />
      <span className={styles.text}>
        {t(audioTrack === null ? 'share.active' : 'share.activeWithSound')}
      </span>
      <Button size="small" variant="danger" onClick={() => local.screen.stop()}>
        {t('control.shareStop')}
      </Button>
    </div>
  );
}

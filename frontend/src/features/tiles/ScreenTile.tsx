/** A shared screen: never cropped, on its own quiet ground, named after who shares. */
import { MonitorUp } from 'lucide-react';
import { t } from '../../i18n';
import { useParticipant, useVideoTrack } from '../../session/RoomContext';
import { Icon } from '../../ui/Icon';
import { VideoView } from '../../ui/VideoView';
import plate from './Tile.module.css';
import styles from './ScreenTile.module.css';

export function ScreenTile({ participantId }: { readonly participantId: string }) {
  const name = useParticipant(participantId)?.displayName ?? '';
  const track = useVideoTrack(participantId, 'screen');
  return (
    <article className={styles.screen} aria-label={t('tile.screen', { name })}>
      {track === null ? (
        <p className={styles.waiting}>{t('tile.screenWaiting', { name })}</p>
      ) : (
        <VideoView track={track} fitting="contain" />
      )}
      <div className={plate.plate}>
        <Icon of={MonitorUp} size={14} />
        <span className={plate.name}>{t('tile.screen', { name })}</span>
      </div>
    </article>
  );
}

/** Top right, and only when something is not right: gone for a moment, or too little bandwidth for the picture. */
import { WifiLow, WifiOff } from 'lucide-react';
import { t } from '../../i18n';
import { useStore } from '../../lib/store';
import { useParticipant, useRoom } from '../../session/RoomContext';
import { Icon } from '../../ui/Icon';
import styles from './TileBadge.module.css';

export function TileBadge({ participantId }: { readonly participantId: string }) {
  const connection = useParticipant(participantId)?.connection;
  const layer = useStore(useRoom().videoLayer(participantId, 'camera'));
  const isGone = connection === 'reconnecting';
  if (!isGone && layer?.state !== 'starved') return null;
  return (
    <p className={styles.badge}>
      <Icon of={isGone ? WifiOff : WifiLow} size={14} />
      <span className={styles.words}>{t(isGone ? 'tile.reconnecting' : 'tile.weak')}</span>
    </p>
  );
}

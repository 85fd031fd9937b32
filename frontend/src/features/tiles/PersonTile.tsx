/** One person on the stage: face or initials, name, what is not right, and the ring while speaking. */
import { MicOff, Pin, PinOff } from 'lucide-react';
import { t } from '../../i18n';
import {
  isSending,
  useMeeting,
  useParticipant,
  useRoom,
  useSending,
  useVideoTrack,
} from '../../session/RoomContext';
import { useSource } from '../../session/devices';
import { Avatar } from '../../ui/Avatar';
import { IconButton } from '../../ui/IconButton';
import { Icon } from '../../ui/Icon';
import { VideoView } from '../../ui/VideoView';
import { SpeakingRing } from './SpeakingRing';
import { TileBadge } from './TileBadge';
import { useTouchControls } from './useTouchControls';
import styles from './Tile.module.css';

export interface PersonTileProps {
  readonly participantId: string;
  /** Too narrow for a name with "(you)" behind it. */
  readonly isSmall: boolean;
  readonly isPinned: boolean;
  readonly canPin: boolean;
  readonly onPin: () => void;
}

export function PersonTile(props: PersonTileProps) {
  const { participantId, isSmall, isPinned, canPin, onPin } = props;
  const participant = useParticipant(participantId);
  const selfId = useMeeting((state) => state.self?.participantId);
  const isSelf = participantId === selfId;
  const name = participant?.displayName ?? '';
  const hasVoice = useSending(participantId, 'microphone');
  const shownName = isSelf ? t('tile.self', { name }) : name;
  const state = t('tile.summary', { name: shownName, microphone: hasVoice ? 'on' : 'off' });
  const touch = useTouchControls();
  return (
    <article className={styles.tile} aria-label={state} {...touch}>
      <Avatar id={participantId} name={name} size="tile" className={styles.avatar} />
      {isSelf ? <SelfVideo /> : <RemoteVideo participantId={participantId} />}
      <div className={styles.plate}>
        {!hasVoice && <Icon of={MicOff} size={14} className={styles.muted} />}
        <span className={styles.name} title={shownName}>
          {isSelf && isSmall ? t('tile.you') : shownName}
        </span>
      </div>
      {!isSelf && <TileBadge participantId={participantId} />}
      {canPin && (
        <IconButton
          icon={isPinned ? PinOff : Pin}
          size="small"
          tone="video"
          className={styles.pin}
          label={t('tile.pin', { name })}
          hint={t(isPinned ? 'tile.unpin' : 'tile.pinShort')}
          aria-pressed={isPinned}
          onClick={onPin}
        />
      )}
      <SpeakingRing participantId={participantId} />
    </article>
  );
}

function RemoteVideo({ participantId }: { readonly participantId: string }) {
  const isOn = isSending(useParticipant(participantId), 'camera');
  const track = useVideoTrack(participantId, 'camera');
  return isOn && track !== null ? <VideoView track={track} fitting="cover" /> : null;
}

function SelfVideo() {
  const camera = useSource(useRoom().local.camera);
  return camera.status === 'on' && camera.track !== null ? (
    <VideoView track={camera.track} fitting="cover" isMirrored />
  ) : null;
}

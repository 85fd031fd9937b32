/**
 * The room before the room: see oneself, choose devices, say a name, join. Two columns, one on a phone.
 * It opens devices but sends nothing; it knows no WebRTC.
 */
import { t } from '../../i18n';
import { useStore } from '../../lib/store';
import { preferences, savePreferences } from '../../session/preferences';
import type { LocalMedia } from '../../session/types';
import type { RoomLookupState } from '../../session/useRoomInfo';
import { DeviceMenus } from './DeviceMenus';
import { JoinForm } from './JoinForm';
import { Preview } from './Preview';
import { RoomHeading } from './RoomHeading';
import { RoomProblem } from './RoomProblem';
import { useDeviceStart } from './useDeviceStart';
import styles from './Prejoin.module.css';

export interface PrejoinProps {
  readonly slug: string;
  readonly local: LocalMedia;
  readonly room: RoomLookupState;
  readonly isJoining: boolean;
  /** The code of a join that failed, or null. */
  readonly joinError: string | null;
  readonly onJoin: (displayName: string) => void;
  readonly onOpenRoom: (slug: string) => void;
  readonly onGoHome: () => void;
}

export function Prejoin(props: PrejoinProps) {
  const { slug, local, room, isJoining, joinError, onJoin, onOpenRoom, onGoHome } = props;
  const { displayName } = useStore(preferences);
  const start = useDeviceStart(local);
  const { lookup } = room;

  if (lookup.kind === 'missing' || lookup.kind === 'failed') {
    return (
      <RoomProblem
        slug={slug}
        lookup={lookup}
        onRetry={room.retry}
        onOpenRoom={onOpenRoom}
        onGoHome={onGoHome}
      />
    );
  }
  const join = (name: string) => {
    savePreferences({ displayName: name });
    onJoin(name);
  };
  return (
    <main className={styles.prejoin}>
      <Preview local={local} name={displayName} start={start} />
      <div className={styles.side}>
        <RoomHeading slug={slug} lookup={lookup} />
        <JoinForm
          name={displayName}
          isPending={isJoining}
          isFull={isFull(lookup)}
          problem={lookup.kind === 'unreachable' ? 'unreachable' : joinError}
          onJoin={join}
        />
        <section aria-label={t('prejoin.devices')}>
          <DeviceMenus local={local} refreshKey={start.phase} />
        </section>
      </div>
    </main>
  );
}

function isFull(lookup: RoomLookupState['lookup']): boolean {
  if (lookup.kind !== 'found') return false;
  const { participantCount, maxParticipants } = lookup.room;
  return maxParticipants > 0 && participantCount >= maxParticipants;
}

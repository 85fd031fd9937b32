/** The meeting with its room: theme, title, wake lock, and the way out when the server ends it. */
import { useEffect } from 'react';
import { t } from '../../i18n';
import { useSelector } from '../../lib/store';
import { preferences } from '../../session/preferences';
import { RoomProvider } from '../../session/RoomContext';
import type { Room } from '../../session/types';
import { useTheme } from '../theme';
import { Meeting, type MeetingProps } from './Meeting';
import { useWakeLock } from './useWakeLock';

export interface MeetingScreenProps extends MeetingProps {
  readonly room: Room;
  /** The meeting is over without an own leave; the code says why. */
  readonly onEnded: (code: string | null) => void;
}

export function MeetingScreen({ room, onEnded, ...meeting }: MeetingScreenProps) {
  useTheme(true);
  useWakeLock();
  const phase = useSelector(room.state, (state) => state.phase);
  const name = useSelector(room.state, (state) => state.room?.name ?? '');

  useEffect(() => {
    document.title = t('prejoin.title', { room: name });
  }, [name]);
  useEffect(() => {
    const { endedBy, error } = room.state.getSnapshot();
    if (phase === 'left' || phase === 'failed') onEnded(endedBy ?? error?.code ?? null);
  }, [room, phase, onEnded]);
  useEffect(() => {
    const { speakerId } = preferences.getSnapshot();
    // A remembered output may be unplugged: the default one then plays.
    if (speakerId !== null) void room.audio.setOutput(speakerId).catch(() => undefined);
  }, [room]);

  return (
    <RoomProvider room={room}>
      <Meeting {...meeting} />
    </RoomProvider>
  );
}

export type MeetingScreenComponent = typeof MeetingScreen;

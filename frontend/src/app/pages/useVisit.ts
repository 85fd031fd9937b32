/**
 * One visit of a room: prejoin → meeting → left, and back. Owner of the devices and of the room while the page is
 * open; how a meeting works is the SDK's matter.
 */
import { useCallback, useState } from 'react';
import { ApiError } from '../../session/api';
import { startCamera, startMicrophone } from '../../session/devices';
import { preferences } from '../../session/preferences';
import { rememberRoom } from '../../session/recentRooms';
import type { LocalMedia } from '../../session/types';
import { useLocalMedia } from './useLocalMedia';
import { usePreparedRoom, type PreparedRoom } from './usePreparedRoom';

type Step =
  | { readonly phase: 'prejoin' }
  | { readonly phase: 'meeting' }
  | { readonly phase: 'left'; readonly endedBy: string | null };

export type Visit = Step & {
  /** The room of the next or the present meeting, once its code is here. */
  readonly prepared: PreparedRoom | null;
  readonly isJoining: boolean;
  readonly joinError: string | null;
  readonly local: LocalMedia;
  readonly prepare: () => void;
  readonly join: (displayName: string) => void;
  readonly leave: () => void;
  readonly rejoin: () => void;
  readonly end: (code: string | null) => void;
};

export function useVisit(slug: string): Visit {
  const [step, setStep] = useState<Step>({ phase: 'prejoin' });
  const [isJoining, setJoining] = useState(false);
  const [joinError, setJoinError] = useState<string | null>(null);
  const { local, renew } = useLocalMedia();
  const { prepared, prepare, drop } = usePreparedRoom(slug);

  const enter = useCallback(
    async (media: LocalMedia, displayName: string) => {
      setJoining(true);
      setJoinError(null);
      try {
        const next = await prepare(media);
        await next.enter(displayName);
        const info = next.room.state.getSnapshot().room;
        rememberRoom({ slug, name: info?.name ?? slug, visitedAt: Date.now() });
        setStep({ phase: 'meeting' });
      } catch (error) {
        drop(); // a room is joined once: the next attempt is another one
        setJoinError(codeOf(error));
      } finally {
        setJoining(false);
      }
    },
    [slug, prepare, drop],
  );

  const close = useCallback(
    (endedBy: string | null) => {
      drop();
      setStep({ phase: 'left', endedBy });
      return renew(); // cameras go out with the meeting
    },
    [drop, renew],
  );
  const end = useCallback((endedBy: string | null) => void close(endedBy), [close]);
  const leave = useCallback(() => void close(null), [close]);
  const rejoin = () => {
    const media = step.phase === 'meeting' ? close(null) : local;
    void reopen(media).then(() => enter(media, preferences.getSnapshot().displayName));
  };
  const join = (displayName: string) => void enter(local, displayName);
  const prepareAhead = useCallback(() => {
    // Whoever joins hears of a failure then.
    prepare(local).catch(() => undefined);
  }, [prepare, local]);
  return {
    ...step,
    prepared,
    isJoining,
    joinError,
    local,
    prepare: prepareAhead,
    join,
    leave,
    rejoin,
    end,
  };
}

/** What was on comes on again, without a second visit to prejoin. */
async function reopen(local: LocalMedia): Promise<void> {
  const { startMuted, startWithoutVideo } = preferences.getSnapshot();
  const isOff = (status: string) => status === 'off' || status === 'failed';
  await Promise.all([
    !startMuted && isOff(local.microphone.state.getSnapshot().status) && startMicrophone(local),
    !startWithoutVideo && isOff(local.camera.state.getSnapshot().status) && startCamera(local),
  ]);
}

function codeOf(error: unknown): string {
  if (error instanceof ApiError) return error.code;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'internal';
}

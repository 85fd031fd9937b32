/**
 * One visit of a room: prejoin → meeting → left, and back. Owner of the devices and of the room while the page is
 * open; how a meeting works is the SDK's matter.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, getAccess } from '../../session/api';
import { createLocalMedia, startCamera, startMicrophone } from '../../session/devices';
import { preferences } from '../../session/preferences';
import { rememberRoom } from '../../session/recentRooms';
import type { LocalMedia, Room } from '../../session/types';
import type { MeetingScreenComponent } from '../meeting/MeetingScreen';
import { loadMeeting } from './loadMeeting';

interface Actions {
  readonly isJoining: boolean;
  readonly joinError: string | null;
  readonly local: LocalMedia;
  readonly join: (displayName: string) => void;
  readonly leave: () => void;
  readonly rejoin: () => void;
  readonly end: (code: string | null) => void;
}

type Step =
  | { readonly phase: 'prejoin' }
  | {
      readonly phase: 'meeting';
      readonly room: Room;
      readonly MeetingScreen: MeetingScreenComponent;
    }
  | { readonly phase: 'left'; readonly endedBy: string | null };

export type Visit = Step & Actions;

export function useVisit(slug: string): Visit {
  const [step, setStep] = useState<Step>({ phase: 'prejoin' });
  const [isJoining, setJoining] = useState(false);
  const [joinError, setJoinError] = useState<string | null>(null);
  const { local, renew } = useLocalMedia();
  const current = useRef<Room | null>(null);

  useEffect(() => {
    void loadMeeting().catch(() => undefined); // fetched while the preview is looked at; join reports a failure
    return () => void current.current?.leave();
  }, []);

  const enter = useCallback(
    async (media: LocalMedia, displayName: string) => {
      setJoining(true);
      setJoinError(null);
      try {
        const [access, { openRoom, MeetingScreen }] = await Promise.all([
          getAccess(slug, displayName),
          loadMeeting(),
        ]);
        const room = openRoom({ slug, displayName, local: media, firstToken: access.token });
        current.current = room;
        await room.join();
        const info = room.state.getSnapshot().room;
        rememberRoom({ slug, name: info?.name ?? slug, visitedAt: Date.now() });
        setStep({ phase: 'meeting', room, MeetingScreen });
      } catch (error) {
        setJoinError(codeOf(error));
      } finally {
        setJoining(false);
      }
    },
    [slug],
  );

  const end = useCallback(
    (endedBy: string | null) => {
      current.current = null;
      renew(); // cameras go out with the meeting
      setStep({ phase: 'left', endedBy });
    },
    [renew],
  );
  const leave = useCallback(() => {
    void current.current?.leave();
    end(null);
  }, [end]);
  const rejoin = () => {
    void current.current?.leave();
    const media = step.phase === 'meeting' ? step.room.local : local;
    void reopen(media).then(() => enter(media, preferences.getSnapshot().displayName));
  };
  const join = (displayName: string) => void enter(local, displayName);
  return { ...step, isJoining, joinError, local, join, leave, rejoin, end };
}

/** Devices of this visit. A new set replaces the old one, which lets go of camera and microphone. */
function useLocalMedia() {
  const [local, setLocal] = useState(createLocalMedia);
  const owned = useRef(local);
  const isMounted = useRef(true);
  const renew = useCallback(() => {
    owned.current.dispose();
    owned.current = createLocalMedia();
    setLocal(owned.current);
  }, []);
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
      // One task later, because StrictMode unmounts and mounts again at once and keeps the state.
      queueMicrotask(() => !isMounted.current && owned.current.dispose());
    };
  }, []);
  return { local, renew };
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

/**
 * The room of a visit before and while it is joined. It is made while somebody looks at the preview, so that the click
 * on "Join" finds a connection, an offer and a rendered screen; its code is fetched then, too.
 */
import { useCallback, useRef, useState } from 'react';
import type { PageRoom } from '../../session/meetingRoom';
import type { LocalMedia } from '../../session/types';
import type { MeetingScreenComponent } from '../meeting/MeetingScreen';
import { loadMeeting } from './loadMeeting';
import { useGone } from './useGone';

export interface PreparedRoom extends PageRoom {
  /** Tells the rooms of a visit apart. */
  readonly id: number;
  readonly MeetingScreen: MeetingScreenComponent;
}

export function usePreparedRoom(slug: string) {
  const [prepared, setPrepared] = useState<PreparedRoom | null>(null);
  const making = useRef<Promise<PreparedRoom> | null>(null);
  const made = useRef(0);

  /** The room that there is, or a new one. Called again it makes anew what was lost meanwhile. */
  const prepare = useCallback(
    (local: LocalMedia): Promise<PreparedRoom> => {
      const attempt = (making.current ??= make());
      return attempt.then(
        (next) => {
          next.room.prepare();
          return next;
        },
        (error: unknown) => {
          if (making.current === attempt) making.current = null;
          throw error;
        },
      );

      async function make(): Promise<PreparedRoom> {
        const { openRoom, MeetingScreen } = await loadMeeting();
        const next = { ...openRoom({ slug, local }), id: (made.current += 1), MeetingScreen };
        setPrepared(next);
        return next;
      }
    },
    [slug],
  );

  const drop = useCallback(() => {
    void making.current?.then(({ room }) => room.leave()).catch(() => undefined);
    making.current = null;
    setPrepared(null);
  }, []);
  useGone(drop);
  return { prepared, prepare, drop };
}

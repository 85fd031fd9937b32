/**
 * `/room/:slug`: from prejoin to the meeting to the end of it. The meeting's code is fetched while somebody looks at
 * the preview and is mounted as a value, because a Suspense boundary here would hold the screen back for 300 ms. The
 * screen itself is rendered out of sight meanwhile: to make it takes longer than to fill it.
 */
import { Activity, useEffect } from 'react';
import { useLocation } from 'wouter';
import { Prejoin } from '../../features/prejoin/Prejoin';
import { t } from '../../i18n';
import { useRoomInfo } from '../../session/useRoomInfo';
import { TopBar } from '../TopBar';
import { useTheme } from '../theme';
import { LeftPage } from './LeftPage';
import { useVisit, type Visit } from './useVisit';
import styles from './Page.module.css';

export function RoomPage({ slug }: { readonly slug: string }) {
  const [, navigate] = useLocation();
  const visit = useVisit(slug);
  const goHome = () => navigate('/');
  return (
    <>
      <MeetingPage slug={slug} visit={visit} />
      {visit.phase === 'left' && (
        <LeftPage
          endedBy={visit.endedBy}
          isRejoining={visit.isJoining}
          rejoinError={visit.joinError}
          onRejoin={visit.rejoin}
          onGoHome={goHome}
        />
      )}
      {visit.phase === 'prejoin' && (
        <PrejoinPage
          slug={slug}
          visit={visit}
          onOpenRoom={(other) => navigate(`/room/${encodeURIComponent(other)}`)}
          onGoHome={goHome}
        />
      )}
    </>
  );
}

function MeetingPage({ slug, visit }: { readonly slug: string; readonly visit: Visit }) {
  const { prepared } = visit;
  if (prepared === null) return null;
  const { MeetingScreen, room, id } = prepared;
  return (
    <Activity key={id} mode={visit.phase === 'meeting' ? 'visible' : 'hidden'}>
      <MeetingScreen
        room={room}
        slug={slug}
        onLeave={visit.leave}
        onRejoin={visit.rejoin}
        onEnded={visit.end}
      />
    </Activity>
  );
}

interface PrejoinPageProps {
  readonly slug: string;
  readonly visit: Visit;
  readonly onOpenRoom: (slug: string) => void;
  readonly onGoHome: () => void;
}

function PrejoinPage({ slug, visit, onOpenRoom, onGoHome }: PrejoinPageProps) {
  useTheme(false);
  const room = useRoomInfo(slug);
  const name = room.lookup.kind === 'found' ? room.lookup.room.name : slug;
  useEffect(() => {
    document.title = t('prejoin.title', { room: name });
  }, [name]);
  const { prepare } = visit;
  const { lookup } = room;
  useEffect(() => {
    // With every answer to the look-up, because the server closes connections on which nobody joins.
    if (lookup.kind === 'found' && !document.hidden) prepare();
  }, [lookup, prepare]);
  return (
    <div className={styles.page}>
      <TopBar />
      <Prejoin
        slug={slug}
        local={visit.local}
        room={room}
        isJoining={visit.isJoining}
        joinError={visit.joinError}
        onJoin={visit.join}
        onOpenRoom={onOpenRoom}
        onGoHome={onGoHome}
      />
    </div>
  );
}

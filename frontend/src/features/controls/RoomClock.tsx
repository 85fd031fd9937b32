/** Room name and how long the meeting has been going, on the server's clock. Only the digits render each second. */
import { useEffect, useState } from 'react';
import { formatElapsed } from '../../lib/time';
import { useMeeting } from '../../session/RoomContext';
import styles from './RoomClock.module.css';

const TICK_MS = 1000;

export function RoomClock() {
  const name = useMeeting((state) => state.room?.name ?? '');
  return (
    <p className={styles.clock}>
      <span className={styles.name} title={name}>
        {name}
      </span>
      <Elapsed />
    </p>
  );
}

function Elapsed() {
  const startedAt = useMeeting((state) => state.startedAt);
  const offset = useMeeting((state) => state.serverOffsetMs);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  if (startedAt === null) return null;
  return (
    <time className={styles.time} role="timer">
      {formatElapsed(now + offset - startedAt)}
    </time>
  );
}

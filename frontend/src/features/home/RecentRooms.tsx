/** Rooms this browser visited, with the way to forget them. */
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { t } from '../../i18n';
import { formatDay } from '../../lib/time';
import { useStore } from '../../lib/store';
import { clearRecentRooms, recentRooms } from '../../session/recentRooms';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import styles from './RecentRooms.module.css';

export interface RecentRoomsProps {
  readonly onOpenRoom: (slug: string) => void;
}

export function RecentRooms({ onOpenRoom }: RecentRoomsProps) {
  const rooms = useStore(recentRooms);
  const [now] = useState(() => Date.now());
  if (rooms.length === 0) return null;
  return (
    <section aria-labelledby="recent-rooms" className={styles.recent}>
      <header className={styles.header}>
        <h2 id="recent-rooms" className={styles.title}>
          {t('home.recent')}
        </h2>
        <Button variant="ghost" size="small" onClick={clearRecentRooms}>
          {t('home.clearRecent')}
        </Button>
      </header>
      <ul className={styles.list}>
        {rooms.map((room) => (
          <li key={room.slug}>
            <button type="button" className={styles.room} onClick={() => onOpenRoom(room.slug)}>
              <Avatar id={room.slug} name={room.name} size="medium" />
              <span className={styles.name}>{room.name}</span>
              <span className={styles.when}>{formatDay(room.visitedAt, now)}</span>
              <Icon of={ChevronRight} size={16} className={styles.chevron} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

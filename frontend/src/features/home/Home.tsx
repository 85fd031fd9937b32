/** One decision: a new meeting, or a room by name or link. Recent rooms below. */
import { Video } from 'lucide-react';
import { useState } from 'react';
import { t } from '../../i18n';
import { errorText } from '../../i18n/errors';
import { ApiError, createRoom } from '../../session/api';
import { Button } from '../../ui/Button';
import { JoinField } from './JoinField';
import { RecentRooms } from './RecentRooms';
import { roomName } from './roomName';
import styles from './Home.module.css';

export interface HomeProps {
  readonly onOpenRoom: (slug: string) => void;
}

export function Home({ onOpenRoom }: HomeProps) {
  const [isCreating, setCreating] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const startMeeting = async () => {
    setCreating(true);
    setError(null);
    try {
      const room = await createRoom(roomName());
      onOpenRoom(room.slug);
    } catch (problem) {
      const code = problem instanceof ApiError ? problem.code : 'internal';
      setError(errorText(code));
      setCreating(false);
    }
  };

  return (
    <main className={styles.home}>
      <h1 className={styles.title}>{t('home.title')}</h1>
      <div className={styles.start}>
        <Button
          variant="primary"
          size="large"
          icon={Video}
          isPending={isCreating}
          onClick={() => void startMeeting()}
        >
          {t('home.newMeeting')}
        </Button>
        <JoinField onOpenRoom={onOpenRoom} />
      </div>
      <p role="alert" className={styles.error}>
        {error}
      </p>
      <RecentRooms onOpenRoom={onOpenRoom} />
    </main>
  );
}

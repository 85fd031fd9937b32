/** The browser plays no sound before a click: ask for that click, in the middle, where nobody misses it. */
import { Volume2 } from 'lucide-react';
import { t } from '../../i18n';
import { useStore } from '../../lib/store';
import { useRoom } from '../../session/RoomContext';
import { Button } from '../../ui/Button';
import styles from './HearButton.module.css';

export function HearButton() {
  const { audio } = useRoom();
  const isBlocked = useStore(audio.blocked);
  if (!isBlocked) return null;
  return (
    <div className={styles.place}>
      <Button variant="primary" size="large" icon={Volume2} onClick={() => void audio.resume()}>
        {t('connection.hear')}
      </Button>
    </div>
  );
}

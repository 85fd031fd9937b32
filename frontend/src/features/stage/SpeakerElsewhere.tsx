/** Who speaks on pages that are not shown: one name at a time, which stays through a breath; a click shows that page. */
import { AudioLines } from 'lucide-react';
import { useRef } from 'react';
import { t } from '../../i18n';
import type { Elsewhere } from '../../layout/stage';
import { useParticipant } from '../../session/RoomContext';
import { tileSource } from '../../session/stageTiles';
import { Icon } from '../../ui/Icon';
import { useSpeakerAmong } from './useSpeakerAmong';
import styles from './SpeakerElsewhere.module.css';

export interface SpeakerElsewhereProps {
  readonly tiles: readonly Elsewhere[];
  readonly onPage: (page: number) => void;
}

export function SpeakerElsewhere({ tiles, onPage }: SpeakerElsewhereProps) {
  const sign = useRef<HTMLButtonElement>(null);
  const speaker = useSpeakerAmong(tiles, sign);
  const participantId = speaker === null ? '' : tileSource(speaker.id).participantId;
  const name = useParticipant(participantId)?.displayName;
  if (speaker === null || name === undefined) return null;
  return (
    <button
      ref={sign}
      type="button"
      className={styles.sign}
      aria-label={t('stage.showSpeaker', { name, page: speaker.page + 1 })}
      onClick={(event) => {
        event.currentTarget.closest('nav')?.focus();
        onPage(speaker.page);
      }}
    >
      <Icon of={AudioLines} size={16} className={styles.icon} />
      <span className={styles.words}>{t('stage.speaking', { name })}</span>
      <span className={styles.name}>{name}</span>
    </button>
  );
}

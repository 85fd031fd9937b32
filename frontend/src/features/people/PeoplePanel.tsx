/** Everybody in the meeting: oneself first, then by arrival, with what each one sends. */
import { MicOff, Mic, Search, UserPlus, Video, VideoOff } from 'lucide-react';
import { useMemo, useState } from 'react';
import { t } from '../../i18n';
import { useMeeting, useSending } from '../../session/RoomContext';
import type { Participant } from '../../session/types';
import { Avatar } from '../../ui/Avatar';
import { Badge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { Panel } from '../../ui/Panel';
import { listPeople } from './listPeople';
import styles from './PeoplePanel.module.css';

export interface PeoplePanelProps {
  readonly onClose: () => void;
  readonly onInvite: () => void;
}

/** Fewer than this are seen at a glance. */
const SEARCH_FROM = 9;

export function PeoplePanel({ onClose, onInvite }: PeoplePanelProps) {
  const participants = useMeeting((state) => state.participants);
  const order = useMeeting((state) => state.order);
  const selfId = useMeeting((state) => state.self?.participantId ?? '');
  const [query, setQuery] = useState('');
  const shown = useMemo(
    () => listPeople(participants, order, selfId, query),
    [participants, order, selfId, query],
  );
  return (
    <Panel title={t('people.title', { count: order.length })} onClose={onClose}>
      <div className={styles.head}>
        <Button icon={UserPlus} onClick={onInvite}>
          {t('invite.title')}
        </Button>
        {order.length >= SEARCH_FROM && (
          <label className={styles.search}>
            <Icon of={Search} size={16} />
            <span className="sf-visually-hidden">{t('people.search')}</span>
            <input
              type="search"
              value={query}
              placeholder={t('people.search')}
              onChange={(event) => setQuery(event.target.value)}
            />
          </label>
        )}
      </div>
      <ul className={styles.list}>
        {shown.map((person) => (
          <PersonRow
            key={person.participantId}
            person={person}
            isSelf={person.participantId === selfId}
          />
        ))}
      </ul>
      {shown.length === 0 && <p className={styles.none}>{t('people.none', { query })}</p>}
    </Panel>
  );
}

interface PersonRowProps {
  readonly person: Participant;
  readonly isSelf: boolean;
}

function PersonRow({ person, isSelf }: PersonRowProps) {
  const { participantId, displayName, role, connection } = person;
  const hasVoice = useSending(participantId, 'microphone');
  const hasVideo = useSending(participantId, 'camera');
  return (
    <li className={styles.row}>
      <Avatar id={participantId} name={displayName} />
      <span className={styles.who}>
        <span className={styles.name} title={displayName}>
          {isSelf ? t('tile.self', { name: displayName }) : displayName}
        </span>
        {role === 'moderator' && <span className={styles.role}>{t('people.moderator')}</span>}
      </span>
      {connection === 'reconnecting' && <Badge tone="wait">{t('tile.reconnecting')}</Badge>}
      <span className={styles.state}>
        <Icon of={hasVoice ? Mic : MicOff} className={hasVoice ? undefined : styles.off} />
        <span className="sf-visually-hidden">
          {t(hasVoice ? 'people.microphoneOn' : 'people.microphoneOff')}
        </span>
        <Icon of={hasVideo ? Video : VideoOff} className={hasVideo ? undefined : styles.off} />
        <span className="sf-visually-hidden">
          {t(hasVideo ? 'people.cameraOn' : 'people.cameraOff')}
        </span>
      </span>
    </li>
  );
}

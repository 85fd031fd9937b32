/** Messages of one person, with time, links and what became of the sending. */
import { Fragment } from 'react';
import { t } from '../../i18n';
import { errorText } from '../../i18n/errors';
import { splitLinks } from '../../lib/links';
import { formatClock } from '../../lib/time';
import type { ChatEntry } from '../../session/types';
import { Avatar } from '../../ui/Avatar';
import { cx } from '../../ui/cx';
import type { ChatGroup } from './groupMessages';
import styles from './MessageGroup.module.css';

export interface MessageGroupProps {
  readonly group: ChatGroup;
  readonly isOwn: boolean;
  readonly onRetry: (key: string) => void;
}

export function MessageGroup({ group, isOwn, onRetry }: MessageGroupProps) {
  const { participantId, displayName, sentAt, entries, isFirstUnread } = group;
  return (
    <>
      {isFirstUnread && (
        <li className={styles.divider}>
          <span>{t('chat.new')}</span>
        </li>
      )}
      <li className={styles.group}>
        <Avatar id={participantId} name={displayName} size="small" />
        <div className={styles.content}>
          <p className={styles.head}>
            <span className={styles.name}>{isOwn ? t('chat.you') : displayName}</span>
            <time className={styles.time} dateTime={new Date(sentAt).toISOString()}>
              {formatClock(sentAt)}
            </time>
          </p>
          {entries.map((entry) => (
            <Message key={entry.key} entry={entry} onRetry={() => onRetry(entry.key)} />
          ))}
        </div>
      </li>
    </>
  );
}

/** Failures of the way to the server: "Not sent" says enough, and trying again is beside it. */
const LOST_ON_THE_WAY: readonly string[] = ['timeout', 'unreachable', 'cancelled'];

interface MessageProps {
  readonly entry: ChatEntry;
  readonly onRetry: () => void;
}

function Message({ entry, onRetry }: MessageProps) {
  const isFailed = entry.status === 'failed';
  const code = entry.error?.code;
  const reason = code === undefined || LOST_ON_THE_WAY.includes(code) ? '' : errorText(code);
  return (
    <>
      <p dir="auto" className={cx(styles.text, entry.status === 'sending' && styles.sending)}>
        {splitLinks(entry.text).map((part, index) =>
          part.kind === 'text' ? (
            <Fragment key={index}>{part.text}</Fragment>
          ) : (
            <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
              {part.text}
            </a>
          ),
        )}
        {entry.status === 'sending' && (
          <span className="sf-visually-hidden">{t('chat.sending')}</span>
        )}
      </p>
      {isFailed && (
        <p role="alert" className={styles.failed}>
          <span>{reason === '' ? t('chat.failed') : t('chat.failedBecause', { reason })}</span>
          <button type="button" className={styles.retry} onClick={onRetry}>
            {t('action.tryAgain')}
          </button>
        </p>
      )}
    </>
  );
}

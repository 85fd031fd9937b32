/** Messages to everybody. Sending is optimistic; what failed stays and can be sent again. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { ArrowDown } from 'lucide-react';
import { t } from '../../i18n';
import type { ChatMemory } from '../../session/chat';
import { useMeeting, useRoom } from '../../session/RoomContext';
import { Button } from '../../ui/Button';
import { Panel } from '../../ui/Panel';
import { Composer } from './Composer';
import { MessageGroup } from './MessageGroup';
import { groupMessages } from './groupMessages';
import styles from './ChatPanel.module.css';

export interface ChatPanelProps {
  readonly memory: ChatMemory;
  readonly onClose: () => void;
}

/** Closer to the end than this counts as "at the end": new messages then scroll into view. */
const END_SLACK = 48;

export function ChatPanel({ memory, onClose }: ChatPanelProps) {
  const room = useRoom();
  const chat = useMeeting((state) => state.chat);
  const selfId = useMeeting((state) => state.self?.participantId ?? '');
  const [firstUnread] = useState(() => firstUnreadKey(chat, memory, selfId));
  const groups = useMemo(() => groupMessages(chat, firstUnread), [chat, firstUnread]);
  const scroller = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const lastKey = chat.at(-1)?.key ?? null;

  const toEnd = () => scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  useEffect(() => {
    if (isAtEnd) {
      toEnd();
      if (lastKey !== null) memory.lastReadKey.set(lastKey);
    }
  }, [lastKey, isAtEnd, memory]);

  return (
    <Panel
      title={t('chat.title')}
      onClose={onClose}
      footer={
        <Composer
          draft={memory.draft}
          onSend={(text) => void room.sendChat(text).catch(() => undefined)}
        />
      }
    >
      {chat.length === 0 ? (
        <p className={styles.empty}>{t('chat.empty')}</p>
      ) : (
        <div
          ref={scroller}
          className={styles.scroller}
          role="log"
          aria-label={t('chat.messages')}
          tabIndex={0}
          onScroll={(event) => {
            const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
            setAtEnd(scrollHeight - scrollTop - clientHeight < END_SLACK);
          }}
        >
          <ol className={styles.groups}>
            {groups.map((group) => (
              <MessageGroup
                key={group.entries[0]?.key}
                group={group}
                isOwn={group.participantId === selfId}
                onRetry={(key) => void room.retryChat(key).catch(() => undefined)}
              />
            ))}
          </ol>
        </div>
      )}
      {!isAtEnd && (
        <Button size="small" icon={ArrowDown} className={styles.toEnd} onClick={toEnd}>
          {t('chat.toEnd')}
        </Button>
      )}
    </Panel>
  );
}

function firstUnreadKey(
  chat: readonly { readonly key: string; readonly participantId: string }[],
  memory: ChatMemory,
  selfId: string,
): string | null {
  const lastRead = memory.lastReadKey.getSnapshot();
  if (lastRead === null) return null;
  const from = chat.findIndex((entry) => entry.key === lastRead) + 1;
  return chat.slice(from).find((entry) => entry.participantId !== selfId)?.key ?? null;
}

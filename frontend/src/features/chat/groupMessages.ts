/** Consecutive messages of one person within a few minutes read as one. Pure. */
import type { ChatEntry } from '../../session/types';

export interface ChatGroup {
  readonly participantId: string;
  readonly displayName: string;
  readonly sentAt: number;
  readonly entries: readonly ChatEntry[];
  /** The unread divider stands above this group. */
  readonly isFirstUnread: boolean;
}

const WINDOW_MS = 3 * 60_000;

export function groupMessages(
  chat: readonly ChatEntry[],
  firstUnreadKey: string | null,
): ChatGroup[] {
  const groups: { -readonly [Key in keyof ChatGroup]: ChatGroup[Key] }[] = [];
  for (const entry of chat) {
    const last = groups.at(-1);
    const isFirstUnread = entry.key === firstUnreadKey;
    const continues =
      last !== undefined &&
      !isFirstUnread &&
      last.participantId === entry.participantId &&
      entry.sentAt - last.sentAt < WINDOW_MS;
    if (continues) last.entries = [...last.entries, entry];
    else {
      const { participantId, displayName, sentAt } = entry;
      groups.push({ participantId, displayName, sentAt, entries: [entry], isFirstUnread });
    }
  }
  return groups;
}

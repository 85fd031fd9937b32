/** What a person has not read yet, and the draft that survives a closed panel. One instance per meeting. */
import { useEffect, useState } from 'react';
import { createStore, useSelector, type WritableStore } from '../lib/store';
import { useRoom } from './RoomContext';
import type { ChatEntry } from './types';

export interface ChatMemory {
  readonly draft: WritableStore<string>;
  /** Key of the last entry that was on screen; null before any. */
  readonly lastReadKey: WritableStore<string | null>;
}

export function createChatMemory(): ChatMemory {
  return { draft: createStore(''), lastReadKey: createStore<string | null>(null) };
}

/** Others' messages after the last one read. Messages from before the own arrival count as read. Pure. */
export function countUnread(
  chat: readonly ChatEntry[],
  lastReadKey: string | null,
  selfId: string,
): number {
  const from = chat.findIndex((entry) => entry.key === lastReadKey) + 1;
  return chat.slice(from).filter((entry) => entry.participantId !== selfId).length;
}

export function useUnread(memory: ChatMemory, isOpen: boolean): number {
  const room = useRoom();
  const lastReadKey = useSelector(memory.lastReadKey, (key) => key);
  const [arrivedWith] = useState(() => room.state.getSnapshot().chat.at(-1)?.key ?? null);
  useEffect(() => {
    if (memory.lastReadKey.getSnapshot() === null) memory.lastReadKey.set(arrivedWith);
  }, [memory, arrivedWith]);
  const unread = useSelector(room.state, (state) =>
    countUnread(state.chat, lastReadKey ?? arrivedWith, state.self?.participantId ?? ''),
  );
  return isOpen ? 0 : unread;
}

/**
 * The chat as the sender and the server see it, merged without a message lost or doubled. Pure.
 *
 * An own message is in the list from the moment it is sent. The server's copy is recognised by its
 * message id, or, when it overtakes the acknowledgement (or the acknowledgement was lost with the
 * connection), as the oldest own unsettled message with the same text: one seat's commands are
 * handled in order, so that is the one.
 */
import type { WireChatMessage } from '../protocol/signaling';
import type { ChatEntry, Failure, Self } from '../types';

type Chat = readonly ChatEntry[];

export function sending(
  chat: Chat,
  entry: { key: string; text: string; sentAt: number },
  self: Self,
): Chat {
  return [
    ...chat,
    {
      ...entry,
      messageId: null,
      participantId: self.participantId,
      displayName: self.displayName,
      status: 'sending',
      error: null,
    },
  ];
}

/** A message of the server, from an event or a snapshot. */
export function received(chat: Chat, message: WireChatMessage, self: Self | null): Chat {
  const known = chat.findIndex((entry) => entry.messageId === message.messageId);
  if (known >= 0) return chat;
  const own = message.participantId === self?.participantId;
  const echo = own
    ? chat.findIndex((entry) => entry.messageId === null && entry.text === message.text)
    : -1;
  const key = chat[echo]?.key ?? message.messageId;
  const entry: ChatEntry = { ...message, key, status: 'sent', error: null };
  const rest = echo >= 0 ? chat.filter((_, index) => index !== echo) : chat;
  return place(rest, entry);
}

/** The acknowledgement of an own message. */
export function acknowledged(chat: Chat, key: string, messageId: string): Chat {
  const copy = chat.find((entry) => entry.messageId === messageId && entry.key !== key);
  if (copy !== undefined) return chat.filter((entry) => entry.key !== key);
  return chat.map((entry) =>
    entry.key === key ? { ...entry, messageId, status: 'sent', error: null } : entry,
  );
}

export function failed(chat: Chat, key: string, error: Failure): Chat {
  return chat.map((entry) =>
    entry.key === key && entry.messageId === null ? { ...entry, status: 'failed', error } : entry,
  );
}

export function retrying(chat: Chat, key: string): Chat {
  return chat.map((entry) =>
    entry.key === key && entry.status === 'failed'
      ? { ...entry, status: 'sending', error: null }
      : entry,
  );
}

/** Stored messages keep the server's order, before whatever is still on its way. */
function place(chat: Chat, entry: ChatEntry): Chat {
  const end = chat.findLastIndex((one) => one.messageId !== null) + 1;
  return [...chat.slice(0, end), entry, ...chat.slice(end)];
}

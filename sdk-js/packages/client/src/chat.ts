/** Sends chat: shown at once, sent until it is answered, never doubled. */
import { asFailure, CODES, StreamForgeError } from './errors';
import { newId } from './ids';
import { chatResult, CHAT_LIMIT } from './protocol/signaling';
import type { Outbox } from './signaling/outbox';
import type { MeetingStore } from './state/store';

export class ChatSender {
  constructor(
    private readonly meeting: MeetingStore,
    private readonly outbox: Outbox,
  ) {}

  async send(text: string): Promise<void> {
    const words = text.trim();
    if (this.meeting.current.phase !== 'joined') {
      throw new StreamForgeError(CODES.notJoined, 'chat is for those who are in the meeting');
    }
    if (words === '') throw new StreamForgeError(CODES.chatEmpty, 'there is nothing to send');
    if (words.length > CHAT_LIMIT) {
      throw new StreamForgeError(CODES.chatTooLong, `a message has up to ${CHAT_LIMIT} characters`);
    }
    // The command's id is the entry's key: a retry is the same command, so the server stores it once.
    const key = newId('cmd');
    this.meeting.client({ name: 'chat-sending', key, text: words, at: Date.now() });
    await this.transmit(key, words);
  }

  async retry(key: string): Promise<void> {
    const entry = this.meeting.current.chat.find((one) => one.key === key);
    if (entry?.status !== 'failed') return;
    this.meeting.client({ name: 'chat-retrying', key });
    await this.transmit(key, entry.text);
  }

  private async transmit(key: string, text: string): Promise<void> {
    try {
      const result = await this.outbox.send('send-chat', key, { text });
      const { messageId } = chatResult(result);
      this.meeting.client({ name: 'chat-acknowledged', key, messageId });
    } catch (error) {
      this.meeting.client({ name: 'chat-failed', key, error: asFailure(error) });
      throw error;
    }
  }
}

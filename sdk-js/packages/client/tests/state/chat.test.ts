import { describe, expect, it } from 'vitest';
import * as chat from '../../src/state/chat';
import type { ChatEntry } from '../../src/types';

const me = { participantId: 'me', displayName: 'Me', role: 'participant', canPublish: [] } as const;
const message = (messageId: string, text: string, participantId = 'me') => ({
  messageId,
  participantId,
  displayName: participantId,
  text,
  sentAt: 1,
});
const pending = (...texts: string[]) =>
  texts.reduce<readonly ChatEntry[]>(
    (entries, text, index) => chat.sending(entries, { key: `cmd_${index}`, text, sentAt: 0 }, me),
    [],
  );
const view = (entries: readonly ChatEntry[]) =>
  entries.map(({ key, messageId, status }) => [key, messageId, status]);

describe('own chat messages', () => {
  it('keep their key from sending to stored', () => {
    const sent = chat.acknowledged(pending('a'), 'cmd_0', 'msg_1');
    expect(view(sent)).toEqual([['cmd_0', 'msg_1', 'sent']]);
  });

  it('are one when the event comes before the acknowledgement', () => {
    const echoed = chat.received(pending('a'), message('msg_1', 'a'), me);
    const settled = chat.acknowledged(echoed, 'cmd_0', 'msg_1');
    expect(view(settled)).toEqual([['cmd_0', 'msg_1', 'sent']]);
  });

  it('are one when the acknowledgement comes before the event', () => {
    const acknowledged = chat.acknowledged(pending('a'), 'cmd_0', 'msg_1');
    expect(chat.received(acknowledged, message('msg_1', 'a'), me)).toBe(acknowledged);
  });

  it('with the same text are told apart by their order', () => {
    const one = chat.received(pending('ok', 'ok'), message('msg_1', 'ok'), me);
    expect(view(one)).toEqual([
      ['cmd_0', 'msg_1', 'sent'],
      ['cmd_1', null, 'sending'],
    ]);
    const both = chat.received(one, message('msg_2', 'ok'), me);
    expect(view(both).map(([, id]) => id)).toEqual(['msg_1', 'msg_2']);
  });

  it('stand behind what the server has stored already', () => {
    const entries = chat.received(pending('mine'), message('msg_1', 'theirs', 'ada'), me);
    expect(entries.map((entry) => entry.text)).toEqual(['theirs', 'mine']);
  });

  it('are not lost when a snapshot does not know them', () => {
    const entries = [message('msg_1', 'x', 'ada')].reduce<readonly ChatEntry[]>(
      (all, one) => chat.received(all, one, me),
      pending('mine'),
    );
    expect(entries.at(-1)).toMatchObject({ text: 'mine', status: 'sending' });
  });

  it('that failed and were stored after all become sent', () => {
    const failed = chat.failed(pending('a'), 'cmd_0', { code: 'timeout', message: '' });
    expect(view(chat.received(failed, message('msg_1', 'a'), me))).toEqual([
      ['cmd_0', 'msg_1', 'sent'],
    ]);
  });

  it('cannot fail once they are stored', () => {
    const stored = chat.received(pending('a'), message('msg_1', 'a'), me);
    expect(view(chat.failed(stored, 'cmd_0', { code: 'timeout', message: '' }))).toEqual(
      view(stored),
    );
  });

  it('of somebody else with the same text do not settle mine', () => {
    const entries = chat.received(pending('hello'), message('msg_1', 'hello', 'ada'), me);
    expect(entries).toHaveLength(2);
  });
});

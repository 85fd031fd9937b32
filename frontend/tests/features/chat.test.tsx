import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { ChatPanel } from '../../src/features/chat/ChatPanel';
import { groupMessages } from '../../src/features/chat/groupMessages';
import { countUnread, createChatMemory } from '../../src/session/chat';
import type { ChatEntry } from '../../src/session/types';
import { meetingWith, person, renderInMeeting, SELF } from '../meetingRoom';

const GRACE = person('ptc_grace', { displayName: 'Grace Hopper' });

function open(room = meetingWith(GRACE), memory = createChatMemory()) {
  const onClose = vi.fn();
  const view = renderInMeeting(room, <ChatPanel memory={memory} onClose={onClose} />);
  return { room, memory, onClose, view, user: userEvent.setup() };
}

describe('the chat panel', () => {
  it('says what chat is for while it is empty', () => {
    open();

    expect(screen.getByText(/No messages yet/u)).toBeTruthy();
  });

  it('takes the focus into the field and sends on Enter', async () => {
    const { user } = open();

    await user.keyboard('Good morning{Enter}');

    expect(within(screen.getByRole('log')).getByText('Good morning')).toBeTruthy();
    expect(screen.getByRole<HTMLTextAreaElement>('textbox').value).toBe('');
  });

  it('breaks the line on Shift and Enter', async () => {
    const { user } = open();

    await user.keyboard('one{Shift>}{Enter}{/Shift}two');

    expect(screen.getByRole<HTMLTextAreaElement>('textbox').value).toBe('one\ntwo');
  });

  it('sends nothing that is only space', async () => {
    const { room, user } = open();

    await user.keyboard('   {Enter}');

    expect(room.state.getSnapshot().chat).toEqual([]);
  });

  it('keeps a draft when the panel is closed and opened again', async () => {
    const { room, memory, view, user } = open();
    await user.keyboard('half a tho');
    view.unmount();

    open(room, memory);

    expect(screen.getByRole<HTMLTextAreaElement>('textbox').value).toBe('half a tho');
  });

  it('offers a failed message again', async () => {
    const { room, user } = open();
    act(() =>
      room.receiveChat({
        participantId: SELF.participantId,
        text: 'lost',
        status: 'failed',
        error: { code: 'timeout', message: '' },
      }),
    );

    await user.click(screen.getByRole('button', { name: 'Try again' }));

    expect(screen.queryByText(/Not sent/u)).toBeNull();
    expect(room.state.getSnapshot().chat.at(-1)?.status).toBe('sent');
  });

  it('says why the server refused a message', () => {
    const { room } = open();
    const refused = (code: string) =>
      act(() =>
        room.receiveChat({
          participantId: SELF.participantId,
          text: code,
          status: 'failed',
          error: { code, message: '' },
        }),
      );

    refused('chat_disabled');
    refused('timeout');

    expect(screen.getByText(/^Not sent. Chat is off/u)).toBeTruthy();
    expect(screen.getByText('Not sent.')).toBeTruthy();
  });

  it('shows markup as text and makes links that cannot reach the page', () => {
    const { room } = open();
    act(() => room.receiveChat({ participantId: 'ptc_grace', text: '<b>x</b> https://x.org' }));

    expect(screen.getByText(/<b>x<\/b>/u)).toBeTruthy();
    const link = screen.getByRole('link');
    expect(link.getAttribute('href')).toBe('https://x.org');
    expect(link.getAttribute('rel')).toContain('noopener');
  });

  it('closes on Escape', async () => {
    const { onClose, user } = open();

    await user.keyboard('{Escape}');

    expect(onClose).toHaveBeenCalled();
  });
});

function entry(key: string, participantId: string, sentAt: number): ChatEntry {
  return {
    key,
    messageId: key,
    participantId,
    displayName: participantId,
    text: key,
    sentAt,
    status: 'sent',
    error: null,
  };
}

describe('messages', () => {
  it('of one person within three minutes stand together', () => {
    const groups = groupMessages(
      [
        entry('1', 'a', 0),
        entry('2', 'a', 60_000),
        entry('3', 'b', 61_000),
        entry('4', 'a', 62_000),
      ],
      null,
    );

    expect(groups.map((group) => group.entries.map(({ key }) => key))).toEqual([
      ['1', '2'],
      ['3'],
      ['4'],
    ]);
  });

  it('that are new stand below a divider', () => {
    const groups = groupMessages([entry('1', 'a', 0), entry('2', 'a', 1)], '2');

    expect(groups.map((group) => group.isFirstUnread)).toEqual([false, true]);
  });

  it('of others after the last read one count as unread, own ones do not', () => {
    const chat = [entry('1', 'a', 0), entry('2', 'me', 1), entry('3', 'a', 2)];

    expect(countUnread(chat, '1', 'me')).toBe(1);
    expect(countUnread(chat, null, 'me')).toBe(2);
    expect(countUnread(chat, '3', 'me')).toBe(0);
  });
});

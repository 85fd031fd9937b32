import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Meeting } from '../../src/app/meeting/Meeting';
import { resolveTheme } from '../../src/app/theme';
import type { Self } from '@streamforge/client';
import { meetingWith, person, renderInMeeting } from '../meetingRoom';

beforeEach(() => {
  // happy-dom lays nothing out: give every element the size of a desktop stage.
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(1280);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(720);
});

const CAMERA_ON = [{ producerId: 'c', source: 'camera', kind: 'video', muted: false }] as const;

function enter(room = meetingWith(person('g', { displayName: 'Grace', producers: CAMERA_ON }))) {
  const onLeave = vi.fn();
  renderInMeeting(room, <Meeting slug="design-review" onLeave={onLeave} onRejoin={vi.fn()} />);
  return { room, onLeave, user: userEvent.setup() };
}

describe('the meeting', () => {
  it('shows everybody as a list of tiles', () => {
    enter();

    expect(screen.getAllByRole('article')).toHaveLength(2);
  });

  it('wants the video of others who send it, at the size it is shown, and not its own', () => {
    const { room } = enter();

    expect(room.wanted.getSnapshot()).toEqual([
      expect.objectContaining({ participantId: 'g', source: 'camera', width: 1280, height: 720 }),
    ]);
  });

  it('wants nothing of a camera that is off', () => {
    const { room } = enter(meetingWith(person('g')));

    expect(room.wanted.getSnapshot()).toEqual([]);
  });

  it('puts a share on the stage', () => {
    const sharing = person('g', {
      displayName: 'Grace',
      producers: [{ producerId: 's', source: 'screen', kind: 'video', muted: false }],
    });
    const { room } = enter(meetingWith(sharing));

    expect(screen.getByRole('article', { name: 'Grace’s screen' })).toBeTruthy();
    expect(room.wanted.getSnapshot()[0]).toMatchObject({ source: 'screen', priority: 3 });
  });

  it('neither starts nor offers what the invitation does not include, and says so', async () => {
    const room = meetingWith();
    room.update({
      self: { ...(room.state.getSnapshot().self as Self), canPublish: ['camera'] },
    });
    const { user } = enter(room);
    const button = screen.getByRole('button', { name: 'Microphone' });

    await user.click(button);
    await user.keyboard('m');

    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(room.local.microphone.state.getSnapshot().status).toBe('off');
    expect(screen.queryByRole('button', { name: 'Share screen' })).toBeNull();
  });

  it('mutes by the key M and says so by state, not by name', async () => {
    const { room, user } = enter();
    await act(() => room.local.microphone.start());
    const button = screen.getByRole('button', { name: 'Microphone' });
    expect(button.getAttribute('aria-pressed')).toBe('true');

    await user.keyboard('m');

    expect(button.getAttribute('aria-pressed')).toBe('false');
  });

  it('opens one panel at a time and gives the focus back', async () => {
    const { user } = enter();

    await user.click(screen.getByRole('button', { name: /^People/ }));
    await user.click(screen.getByRole('button', { name: 'Chat' }));
    expect(screen.getAllByRole('complementary')).toHaveLength(1);
    await user.keyboard('{Escape}');

    expect(screen.queryByRole('complementary')).toBeNull();
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Chat' }));
  });

  it('counts what was written while chat was closed', () => {
    const { room } = enter();

    act(() => room.receiveChat({ participantId: 'g', displayName: 'Grace', text: 'Hello' }));

    expect(screen.getByRole('button', { name: 'Chat, 1 unread message' })).toBeTruthy();
  });

  it('offers the link when nobody else is there', () => {
    enter(meetingWith());

    expect(screen.getByRole('heading', { name: 'You’re the only one here' })).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>('Link to this meeting').value).toContain(
      '/room/design-review',
    );
  });

  it('leaves by one click', async () => {
    const { onLeave, user } = enter();

    await user.click(screen.getByRole('button', { name: 'Leave' }));

    expect(onLeave).toHaveBeenCalledOnce();
  });

  it('lists its keys on a question mark', async () => {
    const { user } = enter();

    await user.keyboard('?');

    expect(screen.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeTruthy();
  });
});

describe('the theme', () => {
  it.each([
    ['auto', true, false, 'dark'],
    ['auto', false, false, 'light'],
    ['auto', false, true, 'dark'],
    ['system', true, false, 'light'],
    ['light', true, true, 'light'],
    ['dark', false, false, 'dark'],
  ] as const)(
    '%s, in a meeting: %s, dark system: %s, is %s',
    (choice, isMeeting, isDark, theme) => {
      expect(resolveTheme(choice, isMeeting, isDark)).toBe(theme);
    },
  );
});

import { createFakeLocal, type FakeLocalMedia } from '@streamforge/client/testing';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { kindOf } from '../../src/features/prejoin/DeviceProblem';
import { Prejoin } from '../../src/features/prejoin/Prejoin';
import { savePreferences } from '../../src/session/preferences';
import type { RoomLookup } from '../../src/session/useRoomInfo';
import { TooltipProvider } from '../../src/ui/Tooltip';

const ROOM = {
  roomId: 'room_1',
  slug: 'design-review',
  name: 'Design review',
  maxParticipants: 10,
  participantCount: 0,
};

interface Given {
  readonly lookup?: RoomLookup;
  readonly local?: FakeLocalMedia;
  readonly joinError?: string;
}

function show({
  lookup = { kind: 'found', room: ROOM },
  local = createFakeLocal(),
  joinError,
}: Given) {
  const onJoin = vi.fn();
  render(
    <TooltipProvider>
      <Prejoin
        slug="design-review"
        local={local}
        room={{ lookup, retry: vi.fn() }}
        isJoining={false}
        joinError={joinError ?? null}
        onJoin={onJoin}
        onOpenRoom={vi.fn()}
        onGoHome={vi.fn()}
      />
    </TooltipProvider>,
  );
  return { onJoin, local, user: userEvent.setup() };
}

beforeEach(() => {
  savePreferences({ displayName: '', startMuted: false, startWithoutVideo: false });
});

describe('prejoin', () => {
  it('joins with the name that was typed and remembers it', async () => {
    const { onJoin, user } = show({});

    await user.type(screen.getByRole('textbox', { name: 'Your name' }), '  Ada ');
    await user.click(screen.getByRole('button', { name: 'Join' }));

    expect(onJoin).toHaveBeenCalledWith('Ada');
    expect(localStorage.getItem('sf:preferences:1')).toContain('"Ada"');
  });

  it('asks for a name before joining', async () => {
    const { onJoin, user } = show({});

    await user.click(screen.getByRole('button', { name: 'Join' }));

    expect(onJoin).not.toHaveBeenCalled();
    expect(screen.getByRole('alert').textContent).toContain('Enter a name');
    expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Your name' }));
  });

  it('opens microphone and camera by itself and switches them by name and state', async () => {
    const { local, user } = show({});
    const microphone = screen.getByRole('button', { name: 'Microphone' });
    await waitFor(() => expect(microphone.getAttribute('aria-pressed')).toBe('true'));

    await user.click(microphone);

    expect(microphone.getAttribute('aria-pressed')).toBe('false');
    expect(local.microphone.state.getSnapshot().status).toBe('muted');
  });

  it('leaves the camera off when it was off the last time', async () => {
    savePreferences({ startWithoutVideo: true });
    const { local } = show({});

    await waitFor(() => expect(local.microphone.state.getSnapshot().status).toBe('on'));
    expect(local.camera.state.getSnapshot().status).toBe('off');
    expect(screen.getByText('Your camera is off')).toBeTruthy();
  });

  it('says why before the browser asks', async () => {
    const local = createFakeLocal();
    const never = () => new Promise<void>(() => undefined);
    Object.assign(local.camera, { start: never });
    Object.assign(local.microphone, { start: never });
    const status = {
      state: 'prompt',
      addEventListener: vi.fn(),
      removeEventListener: vi.fn(),
    } as unknown as PermissionStatus;
    vi.spyOn(navigator.permissions, 'query').mockResolvedValue(status);
    show({ local });

    expect(await screen.findByText(/Nothing is sent before you join/u)).toBeTruthy();
  });

  it('explains a denied permission with what to click', async () => {
    const local = createFakeLocal();
    const error = { code: 'permission_denied', message: '' };
    Object.assign(local.camera, {
      start: () => {
        local.camera.set({ status: 'failed', error });
        return Promise.reject(new Error());
      },
    });
    show({ local });

    expect(await screen.findByRole('heading', { name: 'Your camera is blocked' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Join' })).toBeTruthy();
  });

  it.each([
    ['permission_denied', 'denied'],
    ['device_not_found', 'missing'],
    ['device_lost', 'busy'],
    ['device_in_use', 'busy'],
    ['insecure_context', 'insecure'],
    ['unsupported_browser', 'insecure'],
  ])('understands the code %s', (code, kind) => {
    expect(kindOf(code)).toBe(kind);
  });

  it('says who is already there', () => {
    const participants = [
      { displayName: 'Grace' },
      { displayName: 'Alan' },
      { displayName: 'Zoë' },
    ];
    show({ lookup: { kind: 'found', room: { ...ROOM, participantCount: 3, participants } } });

    expect(screen.getByText('Grace and 2 others are here')).toBeTruthy();
  });

  it('does not let anybody into a full room and says so', () => {
    show({ lookup: { kind: 'found', room: { ...ROOM, participantCount: 10 } } });

    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Join' }).disabled).toBe(true);
    expect(screen.getByRole('alert').textContent).toContain('full');
  });

  it('offers to create a room that does not exist', () => {
    show({ lookup: { kind: 'missing' } });

    expect(screen.getByRole('heading', { name: /no room “design-review”/u })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Create this room' })).toBeTruthy();
  });

  it('keeps the form while the server does not answer', () => {
    show({ lookup: { kind: 'unreachable' } });

    expect(screen.getByRole('alert').textContent).toContain('does not answer');
    expect(screen.getByRole('button', { name: 'Join' })).toBeTruthy();
  });

  it('puts a refused join into words', () => {
    show({ joinError: 'rate_limited' });

    expect(screen.getByRole('alert').textContent).toContain('Too many attempts');
  });
});

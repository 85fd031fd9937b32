import {
  createCanvasTrack,
  createFakeLocal,
  createFakeRoom,
  type FakeRoom,
} from '@streamforge/client/testing';
import { useState } from 'react';
import { MeetingScreen } from '../app/meeting/MeetingScreen';
import { hueOf } from '../lib/identity';
import { toasts } from '../ui/toasts';
import { people, SELF_ID } from './people';
import type { Scene, SceneProps } from './scene';
import { createScreenTrack } from './screenTrack';

export function MeetingScene({ scene }: SceneProps) {
  const [room] = useState(() => makeRoom(scene));
  return (
    <MeetingScreen
      room={room}
      slug="kmz-pqrt-wxy"
      onLeave={() => location.assign('?screen=left')}
      onRejoin={() => undefined}
      onEnded={() => undefined}
    />
  );
}

function makeRoom(scene: Scene): FakeRoom {
  const local = createFakeLocal({
    camera: () => createCanvasTrack({ hue: hueOf(SELF_ID) }),
    screen: () => createScreenTrack(),
  });
  const everyone = people(scene);
  const room = createFakeRoom(
    {
      phase: 'joined',
      self: {
        participantId: SELF_ID,
        displayName: everyone[0]?.displayName ?? '',
        role: 'moderator',
        canPublish: ['microphone', 'camera', 'screen', 'screen-audio'],
      },
      room: {
        roomId: 'room_1',
        meetingId: 'mtg_1',
        name: scene.hasLongNames
          ? 'Quality assurance weekly of all departments and sites'
          : 'Design review',
        slug: 'kmz-pqrt-wxy',
        maxParticipants: 100,
        features: {},
      },
      startedAt: Date.now() - 754_000,
    },
    {
      local,
      video: (id, source) =>
        !scene.hasVideo
          ? null
          : source === 'screen'
            ? createScreenTrack()
            : createCanvasTrack({ hue: hueOf(id) }),
    },
  );
  room.setParticipants(everyone);
  void local.microphone.start();
  if (scene.hasVideo) void local.camera.start();
  room.speakers.set([
    { participantId: 'ptc_1', level: 70 },
    { participantId: 'ptc_4', level: 30 },
  ]);
  applyState(scene.state, room, local);
  Object.assign(window, { galleryRoom: room });
  return room;
}

function applyState(
  state: string,
  room: FakeRoom,
  local: ReturnType<typeof createFakeLocal>,
): void {
  if (state === 'reconnecting') room.update({ connection: 'reconnecting' });
  if (state === 'signal') room.update({ connection: 'signal-lost' });
  if (state === 'blocked') room.audio.blocked.set(true);
  if (state === 'sharing') void local.screen.start();
  if (state === 'muted') local.microphone.mute();
  if (state === 'muted') local.camera.stop();
  if (state === 'troubled') {
    room.setLayer('ptc_2', 'camera', { state: 'starved', rid: null, width: 0, height: 0 });
    toasts.show({ text: 'Grace Hopper and 2 others joined', durationMs: null });
    toasts.show({
      text: 'Alan Turing: can you see the plan? I will share the second page in a moment',
      action: { label: 'Open', run: () => undefined },
      durationMs: null,
    });
    toasts.show({
      text: 'Your microphone was disconnected.',
      tone: 'danger',
      durationMs: null,
      isImportant: true,
    });
  }
  if (state.startsWith('chat')) fillChat(room);
}

function fillChat(room: FakeRoom): void {
  const at = Date.now() - 600_000;
  const say = (
    id: string,
    displayName: string,
    text: string,
    minute: number,
    status = 'sent' as const,
  ) =>
    room.receiveChat({
      participantId: id,
      displayName,
      text,
      sentAt: at + minute * 60_000,
      status,
    });
  say(
    'ptc_1',
    'Grace Hopper',
    'Morning. The plan is at https://example.org/plans/2026?view=all (second tab).',
    0,
  );
  say('ptc_1', 'Grace Hopper', 'I will share it in a minute', 0.2);
  say('ptc_0', 'Ada Lovelace', 'Thanks', 1);
  say(
    'ptc_2',
    'Alan Turing',
    'A longer message, because people write those too: it should wrap well, keep its line height and never touch the edge of the panel, even with averyveryveryverylongwordthatdoesnotwantto wrap.',
    4,
  );
  room.receiveChat({
    participantId: 'ptc_0',
    displayName: 'Ada Lovelace',
    text: 'Sending this one',
    sentAt: at + 300_000,
    status: 'sending',
  });
  room.receiveChat({
    participantId: 'ptc_0',
    displayName: 'Ada Lovelace',
    text: 'This one did not get through',
    sentAt: at + 310_000,
    status: 'failed',
    error: { code: 'timeout', message: '' },
  });
}

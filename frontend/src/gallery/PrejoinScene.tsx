import { createCanvasTrack, createFakeLocal } from '@streamforge/client/testing';
import { useState } from 'react';
import { Prejoin } from '../features/prejoin/Prejoin';
import { TopBar } from '../app/TopBar';
import { useTheme } from '../app/theme';
import styles from '../app/pages/Page.module.css';
import type { RoomLookup } from '../session/useRoomInfo';
import type { Scene, SceneProps } from './scene';

export function PrejoinScene({ scene }: SceneProps) {
  useTheme(false);
  const [local] = useState(() => makeLocal(scene));
  return (
    <div className={styles.page}>
      <TopBar />
      <Prejoin
        slug="design-review"
        local={local}
        room={{ lookup: lookupOf(scene), retry: () => undefined }}
        isJoining={scene.state === 'joining'}
        joinError={scene.state === 'error' ? 'internal' : null}
        onJoin={() => undefined}
        onOpenRoom={() => undefined}
        onGoHome={() => undefined}
      />
    </div>
  );
}

function lookupOf(scene: Scene): RoomLookup {
  if (scene.state === 'loading') return { kind: 'loading' };
  if (scene.state === 'missing') return { kind: 'missing' };
  if (scene.state === 'unreachable') return { kind: 'unreachable' };
  if (scene.state === 'failed') return { kind: 'failed', code: 'storage_unavailable' };
  const names = ['Grace Hopper', 'Alan Turing', 'Zoë Quinn', 'Barbara Liskov', 'Tim Lee'];
  const count = scene.state === 'empty' ? 0 : scene.state === 'full' ? 100 : 5;
  return {
    kind: 'found',
    room: {
      roomId: 'room_1',
      slug: 'design-review',
      name: scene.hasLongNames
        ? 'Quality assurance weekly of all departments and sites, spring edition'
        : 'Design review',
      maxParticipants: 100,
      participantCount: count,
      participants: names.slice(0, count).map((displayName) => ({ displayName })),
    },
  };
}

function makeLocal(scene: Scene) {
  const local = createFakeLocal({
    camera: () => createCanvasTrack({ width: 1280, height: 720, hue: 200 }),
  });
  const fail = (code: string) => {
    const error = { code, message: '' };
    for (const source of [local.microphone, local.camera]) {
      source.set({ status: 'failed', error });
      source.start = () => Promise.reject(new Error(code));
    }
  };
  if (scene.state === 'denied') fail('permission_denied');
  if (scene.state === 'nodevice') fail('device_not_found');
  if (scene.state === 'busy') fail('device_in_use');
  if (scene.state === 'insecure') fail('insecure_context');
  if (scene.state === 'asking')
    local.camera.start = local.microphone.start = () => new Promise(() => undefined);
  if (scene.state === 'off') local.camera.start = () => Promise.resolve();
  return local;
}

/**
 * A page of somebody who builds on the SDK: it publishes in a codec of its choice and shows the
 * first other participant at the size that it is told. Bundled by `bundle.ts`, run in a browser.
 */
import { createRoom, type PublishOptions, type Room } from '@streamforge/client';

export interface HeadlessOptions {
  readonly slug: string;
  readonly token: string;
  readonly name: string;
  readonly publish?: PublishOptions;
}

export interface Headless {
  /** Joins with a camera, or without one, and shows whoever else is there. */
  join(options: HeadlessOptions, camera: boolean): Promise<void>;
  /** Wants the others' cameras at this size from now on. */
  resize(width: number, height: number): void;
  leave(): Promise<void>;
}

declare global {
  interface Window {
    headless: Headless;
  }
}

let room: Room | null = null;
let size = { width: 960, height: 540 };

function othersOf({ state }: Room): string[] {
  const { order, self } = state.getSnapshot();
  return order.filter((id) => id !== self?.participantId);
}

function want(current: Room): void {
  const others = othersOf(current);
  current.setWanted(
    others.map((participantId) => ({ participantId, source: 'camera', priority: 1, ...size })),
  );
  for (const id of others) {
    const tile = document.getElementById(id) ?? newTile(current, id);
    document.body.append(tile);
  }
}

function newTile(current: Room, id: string): HTMLElement {
  const [tile, video] = [document.createElement('article'), document.createElement('video')];
  tile.id = id;
  video.autoplay = true;
  video.muted = true;
  tile.append(video);
  const track = current.videoTrack(id, 'camera');
  const show = (): void => {
    const next = track.getSnapshot();
    video.srcObject = next === null ? null : new MediaStream([next]);
  };
  track.subscribe(show);
  show();
  return tile;
}

window.headless = {
  async join({ slug, token, name, publish }, camera) {
    const options = publish === undefined ? {} : { publish };
    const joined = createRoom({ roomId: slug, token, displayName: name, ...options });
    room = joined;
    if (camera) await joined.local.camera.start();
    await joined.join();
    let known = '';
    const follow = (): void => {
      const others = othersOf(joined).join();
      if (others !== known) want(joined);
      known = others;
    };
    joined.state.subscribe(follow);
    follow();
  },
  resize(width, height) {
    size = { width, height };
    if (room !== null) want(room);
  },
  async leave() {
    await room?.leave();
  },
};

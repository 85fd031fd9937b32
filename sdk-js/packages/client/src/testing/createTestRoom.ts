/** The real room of the SDK on a fake server and a fake browser. */
import { MeetingRoom } from '../room';
import type { Room, RoomOptions } from '../types';
import { createFakeLocal, type FakeLocalMedia } from './fakeLocal';
import { FakeServer } from './fakeServer';
import { FakeWebRtc } from './fakePeer';
import { fakeTrack } from './fakeTrack';

export interface TestRoom {
  readonly room: Room;
  readonly server: FakeServer;
  readonly webRtc: FakeWebRtc;
  readonly local: FakeLocalMedia;
}

export function createTestRoom(options: Partial<RoomOptions> = {}): TestRoom {
  const server = new FakeServer();
  const webRtc = new FakeWebRtc();
  const local = createFakeLocal({
    microphone: () => fakeTrack('audio'),
    camera: () => fakeTrack('video'),
    screen: () => fakeTrack('video'),
  });
  const room = new MeetingRoom(
    {
      serverUrl: 'https://meet.example',
      roomId: 'room',
      token: 'token',
      displayName: 'Me',
      local,
      ...options,
    },
    { openSocket: server.openSocket, webRtc, random: () => 0 },
  );
  return { room, server, webRtc, local };
}

/** Doubles that ship: an application's tests and galleries need no server. */
export { createCanvasTrack, type CanvasTrackOptions } from './canvasTrack';
export { createTestRoom, type TestRoom } from './createTestRoom';
export {
  createFakeLocal,
  type FakeLocalMedia,
  type FakeLocalSource,
  type FakeTracks,
} from './fakeLocal';
export { FakeAudio, FakeChannel, FakePeer, FakeWebRtc, type FakeTransceiver } from './fakePeer';
export { createFakeRoom, fakeParticipant, type FakeRoom, type FakeRoomOptions } from './fakeRoom';
export { FakeServer, SELF_ID, type SentCommand } from './fakeServer';
export { fakeTrack, FakeTrack } from './fakeTrack';

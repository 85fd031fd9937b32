/** Doubles that ship: an application's tests and galleries need no server. */
export { createCanvasTrack, type CanvasTrackOptions } from './canvasTrack';
export {
  createFakeLocal,
  type FakeLocalMedia,
  type FakeLocalSource,
  type FakeTracks,
} from './fakeLocal';
export { createFakeRoom, fakeParticipant, type FakeRoom, type FakeRoomOptions } from './fakeRoom';

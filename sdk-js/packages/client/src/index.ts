/** The headless client of StreamForge. */
export { CODES, StreamForgeError } from './errors';
export { listDevices, onDeviceChange } from './media/devices';
export { createLevelMeter, type LevelMeter } from './media/levels';
export { createLocalMedia } from './media/local';
export { canChooseOutput, routeTo } from './media/output';
export { createRoom } from './room';
export {
  canPublish,
  isLive,
  participantsInOrder,
  producerOf,
  selfParticipant,
} from './state/selectors';
export { createStore, type WritableStore } from './store';
export type * from './types';

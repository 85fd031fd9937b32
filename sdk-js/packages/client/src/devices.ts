/** Own devices without a meeting: what a preview needs. No socket, no peer connection in here. */
export { CODES, StreamForgeError } from './errors';
export { listDevices, onDeviceChange } from './media/devices';
export { createLevelMeter, type LevelMeter } from './media/levels';
export { createLocalMedia } from './media/local';
export { canChooseOutput, routeTo } from './media/output';
export { createStore, type WritableStore } from './store';
export type * from './types';

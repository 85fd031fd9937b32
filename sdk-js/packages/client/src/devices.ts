/** Own devices without a meeting: what a preview needs. No socket, no peer connection in here. */
export { createStore, type WritableStore } from './store';
export { StreamForgeError } from './errors';
export type * from './types';

/** The headless client of StreamForge. */
export { createStore, type WritableStore } from './store';
export { CODES, StreamForgeError } from './errors';
export type * from './types';

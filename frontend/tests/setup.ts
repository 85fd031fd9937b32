/** What happy-dom lacks and components need. */
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

afterEach(() => {
  cleanup();
  localStorage.clear();
});

if (!('MediaStream' in globalThis)) {
  Object.assign(globalThis, { MediaStream: EventTarget });
}
HTMLMediaElement.prototype.play = () => Promise.resolve();

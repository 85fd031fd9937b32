/** The choice of a loudspeaker, where the browser has one. */
import { CODES, StreamForgeError } from '../errors';

interface SinkElement {
  setSinkId?: (deviceId: string) => Promise<void>;
}

export function canChooseOutput(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype;
}

/** '' is the system's default. */
export async function routeTo(element: HTMLMediaElement, deviceId: string): Promise<void> {
  const sink = element as SinkElement;
  if (sink.setSinkId === undefined) {
    if (deviceId === '') return;
    throw new StreamForgeError(CODES.outputUnsupported, 'this browser plays on one output only');
  }
  await sink.setSinkId(deviceId);
}

/** The own devices of a person, usable before, during and after a meeting. */
import { CODES, StreamForgeError } from '../errors';
import type { LocalMedia, StartOptions } from '../types';
import { openDevice, openScreen, type DeviceSource } from './devices';
import { DeviceSourceControl, type OpenedTracks } from './localSource';

export function createLocalMedia(): LocalMedia {
  const microphone = new DeviceSourceControl({ open: opener('microphone'), fallsBack: true });
  const camera = new DeviceSourceControl({ open: opener('camera'), fallsBack: true });
  const screen = new DeviceSourceControl({ open: shareScreen, fallsBack: false });
  return {
    microphone,
    camera,
    screen,
    dispose: () => {
      for (const source of [microphone, camera, screen]) source.stop();
    },
  };
}

function opener(source: DeviceSource): (options: StartOptions) => Promise<OpenedTracks> {
  return async ({ deviceId }) => {
    const track = await openDevice(source, deviceId).catch((error: unknown) => {
      // A remembered device that is not plugged in today is no reason to stay without one.
      const gone = error instanceof StreamForgeError && error.code === CODES.deviceNotFound;
      if (gone && deviceId !== undefined) return openDevice(source);
      throw error;
    });
    // The encoder keeps motion smooth for faces and voices natural.
    track.contentHint = source === 'camera' ? 'motion' : 'speech';
    return { track, audioTrack: null };
  };
}

async function shareScreen({ audio = true }: StartOptions): Promise<OpenedTracks> {
  const opened = await openScreen(audio);
  opened.video.contentHint = 'detail';
  if (opened.audio !== null) opened.audio.contentHint = 'music';
  return { track: opened.video, audioTrack: opened.audio };
}

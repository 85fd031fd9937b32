/** Cameras, microphones and outputs: which there are, how to open one, and why it did not open. */
import { CODES, StreamForgeError } from '../errors';
import type { Device } from '../types';

/** HD is what the top simulcast layer carries. */
const CAMERA: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};
const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};
const SCREEN: MediaTrackConstraints = {
  // Text is sharp at any rate; more frames would only starve its sharpness.
  frameRate: { ideal: 15, max: 30 },
  width: { max: 2560 },
  height: { max: 1440 },
};

export type DeviceSource = 'microphone' | 'camera';

function mediaDevices(): MediaDevices {
  const devices = (navigator as Partial<Navigator>).mediaDevices;
  if (devices !== undefined) return devices;
  throw new StreamForgeError(
    CODES.insecureContext,
    'Browsers give devices to pages on https or localhost only.',
  );
}

/** Devices without an id (before any permission) are listed once per kind with an empty label. */
export async function listDevices(): Promise<readonly Device[]> {
  const infos = await mediaDevices().enumerateDevices();
  return infos.map(({ deviceId, kind, label }) => ({ deviceId, kind, label }));
}

/** Calls back when a device was plugged in or out. */
export function onDeviceChange(callback: () => void): () => void {
  const devices = (navigator as Partial<Navigator>).mediaDevices;
  devices?.addEventListener('devicechange', callback);
  return () => devices?.removeEventListener('devicechange', callback);
}

/** Opens a device; with an id exactly that one. */
export async function openDevice(
  source: DeviceSource,
  deviceId?: string,
): Promise<MediaStreamTrack> {
  const exact = deviceId === undefined ? {} : { deviceId: { exact: deviceId } };
  const constraints: MediaStreamConstraints =
    source === 'camera'
      ? { video: { ...CAMERA, ...exact } }
      : { audio: { ...MICROPHONE, ...exact } };
  const stream = await attempt(() => mediaDevices().getUserMedia(constraints));
  const track = stream.getTracks()[0];
  if (track === undefined) throw new StreamForgeError(CODES.deviceFailed, 'the stream is empty');
  return track;
}

export interface ScreenTracks {
  readonly video: MediaStreamTrack;
  readonly audio: MediaStreamTrack | null;
}

/** Lets the person choose a screen, a window or a tab. */
export async function openScreen(withAudio: boolean): Promise<ScreenTracks> {
  const options: DisplayMediaStreamOptions & Record<string, unknown> = {
    video: SCREEN,
    audio: withAudio,
    systemAudio: withAudio ? 'include' : 'exclude',
    // Sharing the meeting into itself is a hall of mirrors.
    selfBrowserSurface: 'exclude',
    surfaceSwitching: 'include',
  };
  const devices = mediaDevices() as Partial<MediaDevices>;
  if (devices.getDisplayMedia === undefined) {
    throw new StreamForgeError(CODES.unsupported, 'this browser cannot share a screen');
  }
  const stream = await attempt(() => mediaDevices().getDisplayMedia(options), CODES.shareCancelled);
  const [video] = stream.getVideoTracks();
  if (video === undefined) throw new StreamForgeError(CODES.deviceFailed, 'no picture was shared');
  return { video, audio: stream.getAudioTracks()[0] ?? null };
}

async function attempt<T>(
  open: () => Promise<T>,
  denied: string = CODES.permissionDenied,
): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof StreamForgeError) throw error;
    throw deviceError(error, denied);
  }
}

/** Maps the browsers' names (Media Capture and Streams, §10.2) to ours. */
function deviceError(error: unknown, denied: string): StreamForgeError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const codes: Readonly<Record<string, string>> = {
    NotAllowedError: denied,
    SecurityError: CODES.permissionDenied,
    NotFoundError: CODES.deviceNotFound,
    OverconstrainedError: CODES.deviceNotFound,
    NotReadableError: CODES.deviceInUse,
    AbortError: CODES.deviceInUse,
  };
  return new StreamForgeError(codes[name] ?? CODES.deviceFailed, message);
}

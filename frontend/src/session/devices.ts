/**
 * Own devices before and during a meeting. This module must stay free of WebRTC and signaling: it is what prejoin
 * loads. The SDK owns the tracks; this adds what the browser remembers.
 */
import {
  createLevelMeter,
  createLocalMedia,
  listDevices,
  onDeviceChange,
} from '@streamforge/client/devices';
import { useEffect, useMemo, useState } from 'react';
import { useStore } from '../lib/store';
import { preferences, savePreferences } from './preferences';
import type { Device, LocalMedia, LocalSource, LocalSourceState, ReadableStore } from './types';

export { createLocalMedia };

export interface DeviceLists {
  readonly microphones: readonly Device[];
  readonly cameras: readonly Device[];
  readonly speakers: readonly Device[];
}

const NO_DEVICES: DeviceLists = { microphones: [], cameras: [], speakers: [] };

/** Devices with names; empty until the browser granted a permission. `refreshKey` asks again when it changes. */
export function useDevices(refreshKey: unknown): DeviceLists {
  const [devices, setDevices] = useState(NO_DEVICES);
  useEffect(() => {
    let isCurrent = true;
    const refresh = () => {
      void listDevices().then(
        (found) => isCurrent && setDevices(group(found)),
        () => undefined, // no device API on this page: the lists stay empty
      );
    };
    refresh();
    const stop = onDeviceChange(refresh);
    return () => {
      isCurrent = false;
      stop();
    };
  }, [refreshKey]);
  return devices;
}

function group(devices: readonly Device[]): DeviceLists {
  const named = devices.filter((device) => device.label !== '' && device.deviceId !== '');
  const of = (kind: Device['kind']) => named.filter((device) => device.kind === kind);
  return { microphones: of('audioinput'), cameras: of('videoinput'), speakers: of('audiooutput') };
}

/** Whether this browser can play to a chosen output at all (Firefox and Chromium can, Safari cannot). */
export const canChooseOutput = 'setSinkId' in HTMLMediaElement.prototype;

export function useSource(source: LocalSource): LocalSourceState {
  return useStore(source.state);
}

/** The level of a track between 0 and 1, or null while there is none. */
export function useLevel(track: MediaStreamTrack | null): ReadableStore<number> | null {
  return useMemo(() => (track === null ? null : createLevelMeter(track)), [track]);
}

export function startMicrophone(local: LocalMedia, deviceId?: string): Promise<void> {
  const id = deviceId ?? preferences.getSnapshot().microphoneId;
  savePreferences({
    startMuted: false,
    ...(deviceId === undefined ? {} : { microphoneId: deviceId }),
  });
  return settle(local.microphone.start(id === null ? {} : { deviceId: id }));
}

export function startCamera(local: LocalMedia, deviceId?: string): Promise<void> {
  const id = deviceId ?? preferences.getSnapshot().cameraId;
  savePreferences({
    startWithoutVideo: false,
    ...(deviceId === undefined ? {} : { cameraId: deviceId }),
  });
  return settle(local.camera.start(id === null ? {} : { deviceId: id }));
}

/** The microphone stays open while muted, so that unmuting is instant and asks nobody. */
export function toggleMicrophone(local: LocalMedia): void {
  const { status } = local.microphone.state.getSnapshot();
  if (status === 'starting') return;
  if (status === 'on') {
    local.microphone.mute();
    savePreferences({ startMuted: true });
  } else if (status === 'muted') {
    local.microphone.unmute();
    savePreferences({ startMuted: false });
  } else {
    void startMicrophone(local);
  }
}

/** A camera that is off is released: its light must go out. */
export function toggleCamera(local: LocalMedia): void {
  const { status } = local.camera.state.getSnapshot();
  if (status === 'starting') return;
  if (status === 'on') {
    local.camera.stop();
    savePreferences({ startWithoutVideo: true });
  } else {
    void startCamera(local);
  }
}

/** The reason of a failed start is in the source's state, where every view reads it. */
async function settle(started: Promise<void>): Promise<void> {
  await started.catch(() => undefined);
}

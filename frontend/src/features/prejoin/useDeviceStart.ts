/**
 * Opens microphone and camera once for the preview and tells how far that is: `asking` while the browser's prompt may
 * be open, so that the reason can be read beside it.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { startCamera, startMicrophone } from '../../session/devices';
import { devicePermission, onPermissionChange } from '../../session/permissions';
import { preferences } from '../../session/preferences';
import type { LocalMedia } from '../../session/types';

export interface DeviceStart {
  readonly phase: 'checking' | 'asking' | 'done';
  readonly retry: () => void;
}

export function useDeviceStart(local: LocalMedia): DeviceStart {
  const [phase, setPhase] = useState<DeviceStart['phase']>('checking');
  const isStarted = useRef(false);

  const start = useCallback(async () => {
    const known = await Promise.all([devicePermission('microphone'), devicePermission('camera')]);
    if (known.some((permission) => permission === 'prompt' || permission === 'unknown')) {
      setPhase('asking');
    }
    await openDevices(local);
    setPhase('done');
  }, [local]);

  useEffect(() => {
    if (!isStarted.current) {
      isStarted.current = true; // once per page, also under StrictMode: a second prompt would be rude
      void start();
    }
    const restart = () => void openDevices(local, true);
    const stops = [
      onPermissionChange('microphone', restart),
      onPermissionChange('camera', restart),
    ];
    return () => stops.forEach((stop) => stop());
  }, [local, start]);

  return { phase, retry: () => void start() };
}

/** Starts what the person had on last time; with `failedOnly`, only what could not be opened before. */
async function openDevices(local: LocalMedia, failedOnly = false): Promise<void> {
  const { startMuted, startWithoutVideo } = preferences.getSnapshot();
  const isWanted = (status: string) => status === 'failed' || (!failedOnly && status === 'off');
  const jobs: Promise<void>[] = [];
  if (!startMuted && isWanted(local.microphone.state.getSnapshot().status)) {
    jobs.push(startMicrophone(local));
  }
  if (!startWithoutVideo && isWanted(local.camera.state.getSnapshot().status)) {
    jobs.push(startCamera(local));
  }
  await Promise.all(jobs);
}

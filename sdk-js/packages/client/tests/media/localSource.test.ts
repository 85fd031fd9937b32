import { describe, expect, it } from 'vitest';
import { StreamForgeError } from '../../src/errors';
import { DeviceSourceControl } from '../../src/media/localSource';
import { fakeTrack } from '../../src/testing';
import type { StartOptions } from '../../src/types';
import { settle, useVirtualTime } from '../virtualTime';

/** A device whose openings a test grants one by one. */
function device(fallsBack = true) {
  const openings: {
    options: StartOptions;
    grant: (id?: string) => void;
    deny: (code: string) => void;
  }[] = [];
  const source = new DeviceSourceControl({
    fallsBack,
    open: (options) =>
      new Promise((resolve, reject) => {
        openings.push({
          options,
          grant: (id = options.deviceId ?? 'default') =>
            resolve({ track: fakeTrack('video', id), audioTrack: null }),
          deny: (code) => reject(new StreamForgeError(code, 'no')),
        });
      }),
  });
  const opening = (index: number) => {
    const found = openings[index];
    if (found === undefined) throw new Error('it was not opened');
    return found;
  };
  return { source, opening, openings, now: () => source.state.getSnapshot() };
}

describe('an own device', () => {
  useVirtualTime();

  it('is starting until the browser grants it', async () => {
    const { source, opening, now } = device();
    const started = source.start({ deviceId: 'front' });
    expect(now().status).toBe('starting');
    opening(0).grant();
    await started;
    expect(now()).toMatchObject({ status: 'on', deviceId: 'front', error: null });
  });

  it('says why it did not start', async () => {
    const { source, opening, now } = device();
    const started = source.start();
    opening(0).deny('permission_denied');
    await expect(started).rejects.toMatchObject({ code: 'permission_denied' });
    expect(now()).toMatchObject({
      status: 'failed',
      track: null,
      error: { code: 'permission_denied' },
    });
  });

  it('that was stopped while starting is released when it arrives', async () => {
    const { source, opening, now } = device();
    const started = source.start();
    source.stop();
    opening(0).grant();
    await expect(started).rejects.toMatchObject({ code: 'cancelled' });
    expect(now()).toMatchObject({ status: 'off', track: null });
  });

  it('takes the last of two quick wishes', async () => {
    const { source, opening, now } = device();
    const first = source.start({ deviceId: 'a' });
    const second = source.start({ deviceId: 'b' });
    opening(1).grant();
    await second;
    opening(0).grant();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    expect(now().deviceId).toBe('b');
  });

  it('keeps running while it switches, and stays muted', async () => {
    const { source, opening, now } = device();
    const started = source.start({ deviceId: 'a' });
    opening(0).grant();
    await started;
    const old = now().track;
    source.mute();
    const switched = source.start({ deviceId: 'b' });
    expect(old?.readyState).toBe('live');
    opening(1).grant();
    await switched;
    expect(old?.readyState).toBe('ended');
    expect(now()).toMatchObject({ status: 'muted', deviceId: 'b' });
    expect(now().track?.enabled).toBe(false);
  });

  it('keeps the device that works when a switch fails', async () => {
    const { source, opening, now } = device();
    const started = source.start({ deviceId: 'a' });
    opening(0).grant();
    await started;
    const switched = source.start({ deviceId: 'busy' });
    opening(1).deny('device_in_use');
    await expect(switched).rejects.toMatchObject({ code: 'device_in_use' });
    expect(now()).toMatchObject({ status: 'on', deviceId: 'a', error: { code: 'device_in_use' } });
  });

  it('falls back to another when it is unplugged', async () => {
    const { source, opening, now } = device();
    const started = source.start({ deviceId: 'usb' });
    opening(0).grant();
    await started;
    (now().track as unknown as ReturnType<typeof fakeTrack>).unplug();
    expect(opening(1).options).toEqual({});
    opening(1).grant('built-in');
    await settle();
    expect(now()).toMatchObject({ status: 'on', deviceId: 'built-in' });
  });

  it('is lost when there is no other', async () => {
    const { source, opening, now } = device();
    const started = source.start({ deviceId: 'usb' });
    opening(0).grant();
    await started;
    (now().track as unknown as ReturnType<typeof fakeTrack>).unplug();
    opening(1).deny('device_not_found');
    await settle();
    expect(now()).toMatchObject({ status: 'failed', track: null, error: { code: 'device_lost' } });
  });

  it('a share that the browser ends is off', async () => {
    const { source, opening, openings, now } = device(false);
    const started = source.start();
    opening(0).grant();
    await started;
    (now().track as unknown as ReturnType<typeof fakeTrack>).unplug();
    expect([now().status, openings.length]).toEqual(['off', 1]);
  });
});

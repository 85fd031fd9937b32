/** A track without a device, for tests outside a browser. */

export class FakeTrack extends EventTarget {
  readonly id: string;
  enabled = true;
  contentHint = '';
  readyState: 'live' | 'ended' = 'live';
  private static count = 0;

  constructor(
    readonly kind: 'audio' | 'video',
    readonly deviceId = 'fake-device',
  ) {
    super();
    FakeTrack.count += 1;
    this.id = `fake-track-${FakeTrack.count}`;
  }

  stop(): void {
    this.readyState = 'ended';
  }

  /** What happens when the device is unplugged: unlike `stop`, it is announced. */
  unplug(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }

  getSettings(): MediaTrackSettings {
    return { deviceId: this.deviceId };
  }
}

export function fakeTrack(
  kind: 'audio' | 'video',
  deviceId?: string,
): MediaStreamTrack & FakeTrack {
  return new FakeTrack(kind, deviceId) as unknown as MediaStreamTrack & FakeTrack;
}

import { describe, expect, it, vi } from 'vitest';
import { createTestRoom } from '../../src/testing';
import { settle, until, useVirtualTime } from '../virtualTime';

async function joined() {
  const test = createTestRoom();
  await test.local.microphone.start();
  await test.local.camera.start();
  await test.room.join();
  await settle();
  test.webRtc.peer.connect();
  return test;
}

describe('a media reset', () => {
  useVirtualTime();

  it('brings the same tracks, wants and tiles over a new peer connection', async () => {
    const { room, server, webRtc, local } = await joined();
    const before = webRtc.peer;
    room.setWanted([
      { participantId: 'ada', source: 'camera', width: 320, height: 180, priority: 1 },
    ]);
    const slots = [
      { mid: '5', kind: 'video', participantId: 'ada', source: 'camera', encrypted: false },
    ];
    before.channel?.receive({ type: 'slots', slots });
    const ada = room.videoTrack('ada', 'camera');
    const lastPicture = ada.getSnapshot();
    const order = room.state.getSnapshot().order;

    server.resetMedia();
    await until(() => server.sent('offer').length === 1);
    await settle();
    const after = webRtc.peer;
    expect(after).not.toBe(before);
    expect(before.connectionState).toBe('closed');
    expect(after.transceivers[0]?.sender.track).toBe(local.microphone.state.getSnapshot().track);
    expect(after.transceivers[1]?.sender.track).toBe(local.camera.state.getSnapshot().track);
    expect(server.sent('offer')[0]).toMatchObject({
      transportEpoch: 2,
      want: { mode: 'explicit', slots: [{ participantId: 'ada', width: 320 }] },
    });
    expect(ada.getSnapshot()).toBe(lastPicture);
    expect(room.state.getSnapshot().connection).toBe('media-lost');

    after.connect();
    after.channel?.receive({ type: 'slots', slots });
    expect(room.videoTrack('ada', 'camera')).toBe(ada);
    expect(ada.getSnapshot()).not.toBe(lastPicture);
    expect(ada.getSnapshot()).not.toBeNull();
    expect(room.state.getSnapshot()).toMatchObject({ connection: 'connected', order });
    expect(server.sent('join-room')).toHaveLength(1);
  });

  it('keeps a share that is on', async () => {
    const { server, local } = await joined();
    await local.screen.start();
    await until(() => server.sent('offer').length === 1);
    server.resetMedia();
    await until(() => server.sent('offer').length === 2);
    const publish = server.sent('offer')[1]?.['publish'] as { source: string }[];
    expect(publish.map(({ source }) => source)).toContain('screen');
  });

  it('plays the new voices through the elements that are there', async () => {
    const { server, webRtc } = await joined();
    const stream = webRtc.audios[0]?.srcObject;
    server.resetMedia();
    await until(() => webRtc.audios[0]?.srcObject !== stream);
    expect(webRtc.audios).toHaveLength(3);
  });

  it('twice in a row ends with one peer connection', async () => {
    const { server, webRtc } = await joined();
    server.resetMedia();
    server.resetMedia();
    await until(() => server.sent('offer').some(({ transportEpoch }) => transportEpoch === 3));
    await settle();
    expect(webRtc.openPeers).toBe(1);
  });
});

describe('a path that is lost', () => {
  useVirtualTime();

  it('is restarted at once, on the same peer connection', async () => {
    const { room, server, webRtc } = await joined();
    webRtc.peer.become('disconnected');
    expect(room.state.getSnapshot().connection).toBe('media-lost');
    await until(() => server.sent('offer').length === 1);
    expect(webRtc.peer.iceRestarts).toBe(1);
    expect(server.sent('offer')[0]).toMatchObject({ transportEpoch: 1 });
    webRtc.peer.become('connected');
    expect(room.state.getSnapshot().connection).toBe('connected');
    expect(webRtc.peers).toHaveLength(1);
  });

  it('is restarted without waiting out the gap when somebody asks for it', async () => {
    const { room, server, webRtc } = await joined();
    webRtc.peer.become('disconnected');
    await until(() => server.sent('offer').length === 1);
    room.retryNow();
    await settle();
    expect(server.sent('offer')).toHaveLength(2);
    expect(webRtc.peers).toHaveLength(1);
  });

  it('gets a fresh transport at once when somebody asks and it never came up', async () => {
    const test = createTestRoom();
    await test.room.join();
    await settle();
    test.room.retryNow();
    await settle();
    expect(test.webRtc.peers).toHaveLength(2);
  });

  it('is restarted at most five times a minute', async () => {
    const { webRtc } = await joined();
    for (let second = 0; second < 60; second++) {
      webRtc.peer.become('disconnected');
      await vi.advanceTimersByTimeAsync(500);
      webRtc.peer.become('connected');
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(webRtc.peers).toHaveLength(1);
    expect(webRtc.peer.iceRestarts).toBeLessThanOrEqual(5);
    expect(webRtc.peer.iceRestarts).toBeGreaterThanOrEqual(2);
  });

  it('gets a fresh transport when restarts do not help', async () => {
    const { server, webRtc } = await joined();
    webRtc.peer.become('failed');
    const took = await until(() => webRtc.peers.length === 2);
    expect(took).toBeLessThanOrEqual(10_500);
    await until(() => server.sent('offer').some(({ transportEpoch }) => transportEpoch === 2));
    webRtc.peer.connect();
    expect(webRtc.openPeers).toBe(1);
  });

  it('waits with its restart until the server can be told', async () => {
    const { room, server, webRtc } = await joined();
    server.reachable = false;
    server.cut();
    webRtc.peer.become('disconnected');
    expect(room.state.getSnapshot().connection).toBe('reconnecting');
    await until(() => server.connections > 5);
    expect(webRtc.peers).toHaveLength(1);
    server.reachable = true;
    await until(() => server.sent('offer').length === 1);
    expect(webRtc.peer.iceRestarts).toBe(1);
  });

  it('builds ever more patiently when nothing connects', async () => {
    const { webRtc } = await joined();
    webRtc.peer.become('failed');
    await vi.advanceTimersByTimeAsync(300_000);
    expect(webRtc.peers.length).toBeGreaterThan(3);
    expect(webRtc.peers.length).toBeLessThan(12);
    expect(webRtc.openPeers).toBe(1);
  });
});

describe('leaving', () => {
  useVirtualTime();

  it('lets go of everything', async () => {
    const { room, server, webRtc, local } = await joined();
    const timers = vi.getTimerCount();
    room.setWanted([]);
    const { track } = local.microphone.state.getSnapshot();
    await room.leave();
    await settle();
    expect(server.sent('leave')).toHaveLength(1);
    expect(server.isConnected).toBe(false);
    expect(track?.readyState).toBe('ended');
    expect(webRtc.openPeers).toBe(0);
    expect(webRtc.audios.every(({ srcObject }) => srcObject === null)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect(timers).toBeGreaterThanOrEqual(0);
    expect(room.state.getSnapshot()).toMatchObject({ phase: 'left', endedBy: null });
  });

  it('does not wait for a server that is gone', async () => {
    const { room, server, webRtc } = await joined();
    server.reachable = false;
    server.cut();
    await room.leave();
    await settle();
    const { connections } = server;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.connections).toBe(connections);
    expect([webRtc.openPeers, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('ends a join that is under way', async () => {
    const { room, server, webRtc } = createTestRoom();
    server.mute.add('join-room');
    const join = room.join();
    join.catch(() => undefined);
    await settle();
    await room.leave();
    await expect(join).rejects.toMatchObject({ code: 'cancelled' });
    expect([webRtc.openPeers, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('a thousand times leaves nothing behind', async () => {
    let open = 0;
    for (let round = 0; round < 1_000; round++) {
      const { room, server, webRtc } = createTestRoom();
      await room.join();
      room.videoTrack('ada', 'camera');
      server.joinOther('ada');
      server.leaveOther('ada');
      await room.leave();
      open += webRtc.openPeers;
    }
    await settle();
    expect([open, vi.getTimerCount()]).toEqual([0, 0]);
    // A thousand rooms take seconds on a busy machine; this only ends a test that hangs.
  }, 60_000);
});

import { describe, expect, it } from 'vitest';
import { canPublish } from '../../src';
import { createTestRoom } from '../../src/testing';
import { settle, useVirtualTime } from '../virtualTime';

describe('a seat that may not publish everything', () => {
  useVirtualTime();

  it('offers again without what was refused, and its media comes up', async () => {
    const { room, server, webRtc } = createTestRoom();
    server.canPublish = ['microphone'];
    await room.join();
    await settle();

    const publish = server.sent('offer').map((offer) => offer['publish']);
    expect(publish).toEqual([[{ mid: '0', source: 'microphone', muted: true }]]);
    expect(webRtc.peer.pendingLocalDescription).toBeNull();
    expect(room.state.getSnapshot().phase).toBe('joined');
  });

  it('stops the devices that are for nothing, and says which they are', async () => {
    const { room, server, local } = createTestRoom();
    await local.camera.start();
    await local.microphone.start();
    server.canPublish = ['microphone'];
    await room.join();

    expect(local.camera.state.getSnapshot().status).toBe('off');
    expect(local.microphone.state.getSnapshot().status).toBe('on');
    const state = room.state.getSnapshot();
    expect([canPublish(state, 'microphone'), canPublish(state, 'camera')]).toEqual([true, false]);
  });

  it.each([false, true])('reports no mute of what it does not publish', async (isPrepared) => {
    const { room, server, local } = createTestRoom();
    server.canPublish = ['camera'];
    if (isPrepared) room.prepare();
    await local.microphone.start();
    await room.join();
    await settle();
    await local.microphone.start();
    local.microphone.mute();
    await settle();

    expect(server.sent('set-muted').filter(({ source }) => source === 'microphone')).toEqual([]);
  });
});

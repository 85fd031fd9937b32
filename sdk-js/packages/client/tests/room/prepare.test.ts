import { describe, expect, it } from 'vitest';
import { createTestRoom } from '../../src/testing';
import { settle, until, useVirtualTime } from '../virtualTime';

describe('a room that is prepared before the join', () => {
  useVirtualTime();

  it('has connected and made its offer, and told the server nothing', async () => {
    const { room, server, webRtc } = createTestRoom();
    room.prepare();
    await settle();
    expect(server.isConnected).toBe(true);
    expect(server.commands).toEqual([]);
    expect(webRtc.peer.pendingLocalDescription?.type).toBe('offer');
    expect(room.state.getSnapshot().phase).toBe('idle');
  });

  it('joins on that connection and with that offer', async () => {
    const { room, server, webRtc } = createTestRoom();
    room.prepare();
    await settle();
    const offered = webRtc.peer.pendingLocalDescription?.sdp;
    await room.join();
    expect(server.connections).toBe(1);
    expect(webRtc.peers).toHaveLength(1);
    expect(server.sent('join-room')[0]).toMatchObject({ offer: { sdp: offered } });
  });

  it('makes one offer when the join comes while it is being made', async () => {
    const { room, webRtc } = createTestRoom();
    room.prepare();
    await room.join();
    expect(webRtc.peers).toHaveLength(1);
    expect(webRtc.peer.offers).toBe(1);
  });

  it('says at the join what the devices are then', async () => {
    const { room, local, server } = createTestRoom();
    room.prepare();
    await settle();
    await local.microphone.start();
    await room.join();
    expect(server.sent('join-room')[0]).toMatchObject({
      offer: {
        publish: [
          { source: 'microphone', muted: false },
          { source: 'camera', muted: true },
        ],
      },
    });
  });

  it('takes the name that is given at the join', async () => {
    const { room, server } = createTestRoom();
    room.prepare();
    await room.join({ displayName: 'Ada' });
    expect(server.sent('join-room')[0]).toMatchObject({ displayName: 'Ada' });
  });

  it('connects anew when its connection was closed while nobody joined', async () => {
    const { room, server } = createTestRoom();
    room.prepare();
    await settle();
    server.toSeat('session-ended', { code: 'rate_limited', message: 'Nobody joined.' });
    server.cut();
    await room.join();
    expect(server.connections).toBe(2);
    expect(room.state.getSnapshot().phase).toBe('joined');
  });

  it('survives that its connection is closed just as the join goes out', async () => {
    const { room, server } = createTestRoom();
    room.prepare();
    await settle();
    server.mute.add('join-room');
    const joined = room.join();
    await settle();
    server.mute.clear();
    server.toSeat('session-ended', { code: 'rate_limited', message: 'Nobody joined.' });
    server.cut();
    await until(() => room.state.getSnapshot().phase === 'joined');
    await joined;
    expect(server.connections).toBe(2);
  });

  it('publishes a share that was started before the join', async () => {
    const { room, local, server } = createTestRoom();
    room.prepare();
    await settle();
    await local.screen.start();
    await settle();
    expect(server.sent('offer')).toEqual([]);
    await room.join();
    await settle();
    expect(server.sent('offer').at(-1)).toMatchObject({
      publish: [{ source: 'microphone' }, { source: 'camera' }, { source: 'screen' }],
    });
  });

  it('makes anew what was lost when it is prepared again', async () => {
    const { room, server, webRtc } = createTestRoom();
    room.prepare();
    await settle();
    room.prepare();
    await settle();
    expect(server.connections).toBe(1);
    server.cut();
    room.prepare();
    await settle();
    expect(server.connections).toBe(2);
    expect(webRtc.peers).toHaveLength(1);
  });

  it('waits for its join without rebuilding the offer', async () => {
    const { room, webRtc } = createTestRoom();
    room.prepare();
    const start = Date.now();
    await until(() => Date.now() - start >= 60_000);
    expect(webRtc.peers).toHaveLength(1);
    await room.join();
    expect(webRtc.peers).toHaveLength(1);
  });

  it('lets go of everything when it is left instead', async () => {
    const { room, server, webRtc } = createTestRoom();
    room.prepare();
    await settle();
    await room.leave();
    expect(server.isConnected).toBe(false);
    expect(webRtc.peer.connectionState).toBe('closed');
  });
});

describe('a join that fails', () => {
  useVirtualTime();

  it('leaves the devices of the preview on', async () => {
    const { room, local, server } = createTestRoom();
    await local.camera.start();
    server.refuseNext('join-room', 'room_full');
    await expect(room.join()).rejects.toMatchObject({ code: 'room_full' });
    expect(local.camera.state.getSnapshot().status).toBe('on');
  });
});

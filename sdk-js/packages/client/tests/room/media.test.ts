import { describe, expect, it } from 'vitest';
import type { FakePeer } from '../../src/testing';
import { createTestRoom, fakeTrack } from '../../src/testing';
import type { RoomOptions, WantedVideo } from '../../src/types';
import { settle, until, useVirtualTime } from '../virtualTime';

const want = (participantId: string): WantedVideo => ({
  participantId,
  source: 'camera',
  width: 640,
  height: 360,
  priority: 1,
});

async function joined() {
  const test = createTestRoom();
  await test.room.join();
  await settle();
  test.webRtc.peer.connect();
  return test;
}

const videoMids = (peer: FakePeer) =>
  peer.transceivers
    .filter(({ kind, direction }) => kind === 'video' && direction === 'recvonly')
    .map(({ mid }) => mid);
const trackAt = (peer: FakePeer, mid: string) =>
  peer.transceivers.find((one) => one.mid === mid)?.receiver.track;
const wantsOf = (peer: FakePeer) =>
  (peer.channel?.sent ?? []) as { slots: { mid: string; participantId: string }[] }[];

function bind(peer: FakePeer, mid: string, participantId: string | null): void {
  const source = participantId === null ? null : 'camera';
  peer.channel?.receive({
    type: 'slots',
    slots: [{ mid, kind: 'video', participantId, source, encrypted: false }],
  });
}

describe('receiving', () => {
  useVirtualTime();

  it('gives a tile the track of the slot that carries it', async () => {
    const { room, webRtc } = await joined();
    const ada = room.videoTrack('ada', 'camera');
    expect(ada.getSnapshot()).toBeNull();
    bind(webRtc.peer, '7', 'ada');
    expect(ada.getSnapshot()).toBe(trackAt(webRtc.peer, '7'));
    bind(webRtc.peer, '7', 'bob');
    expect(ada.getSnapshot()).toBeNull();
    expect(room.videoTrack('bob', 'camera').getSnapshot()).toBe(trackAt(webRtc.peer, '7'));
  });

  it('keeps the last picture of a stream that pauses', async () => {
    const { room, webRtc } = await joined();
    bind(webRtc.peer, '7', 'ada');
    bind(webRtc.peer, '7', null);
    const ada = room.videoTrack('ada', 'camera');
    expect(ada.getSnapshot()).toBe(trackAt(webRtc.peer, '7'));
    bind(webRtc.peer, '8', 'ada');
    expect(ada.getSnapshot()).toBe(trackAt(webRtc.peer, '8'));
  });

  it('knows a slot’s participant before the roster does', async () => {
    const { room, server, webRtc } = await joined();
    bind(webRtc.peer, '6', 'early');
    server.joinOther('early');
    expect(room.videoTrack('early', 'camera').getSnapshot()).toBe(trackAt(webRtc.peer, '6'));
  });

  it('keeps a wanted tile in its slot while others come and go', async () => {
    const { room, webRtc } = await joined();
    room.setWanted(['a', 'b', 'c'].map(want));
    await until(() => wantsOf(webRtc.peer).length > 0);
    const before = wantsOf(webRtc.peer)
      .at(-1)
      ?.slots.find(({ participantId }) => participantId === 'b')?.mid;
    room.setWanted(['d', 'b', 'e'].map(want));
    await until(
      () =>
        wantsOf(webRtc.peer)
          .at(-1)
          ?.slots.some(({ participantId }) => participantId === 'e') ?? false,
    );
    const after = wantsOf(webRtc.peer)
      .at(-1)
      ?.slots.find(({ participantId }) => participantId === 'b')?.mid;
    expect(after).toBe(before);
  });

  it('adds slots by one offer when more videos are wanted than there are', async () => {
    const { room, server, webRtc } = await joined();
    room.setWanted(Array.from({ length: 14 }, (_, index) => want(`p${index}`)));
    await until(() => wantsOf(webRtc.peer).at(-1)?.slots.length === 14);
    expect(server.sent('offer')).toHaveLength(1);
    expect(videoMids(webRtc.peer).length).toBeGreaterThanOrEqual(14);
  });

  it('never has more than 25 video slots', async () => {
    const { room, webRtc } = await joined();
    room.setWanted(Array.from({ length: 60 }, (_, index) => want(`p${index}`)));
    await until(() => wantsOf(webRtc.peer).at(-1)?.slots.length === 25);
    expect(videoMids(webRtc.peer)).toHaveLength(25);
  });

  it('silences a muted voice at once, and only while it is in that slot', async () => {
    const { server, webRtc } = await joined();
    const producer = { producerId: 'prd_1', source: 'microphone', kind: 'audio', muted: false };
    const voice = (participantId: string) =>
      webRtc.peer.channel?.receive({
        type: 'slots',
        slots: [{ mid: '2', kind: 'audio', participantId, source: 'microphone', encrypted: false }],
      });
    server.joinOther('ada');
    server.announce('producer-published', { participantId: 'ada', producer });
    voice('ada');
    const heard = () => webRtc.audios.map(({ muted }) => !muted);
    expect(heard()).toEqual([true, true, true]);
    server.announce('mute-changed', { participantId: 'ada', source: 'microphone', muted: true });
    expect(heard()).toEqual([false, true, true]);
    voice('bob');
    expect(heard()).toEqual([true, true, true]);
    voice('ada');
    server.announce('mute-changed', { participantId: 'ada', source: 'microphone', muted: false });
    expect(heard()).toEqual([true, true, true]);
  });

  it('publishes speakers without touching the state', async () => {
    const { room, webRtc } = await joined();
    const before = room.state.getSnapshot();
    webRtc.peer.channel?.receive({
      type: 'speakers',
      speakers: [{ participantId: 'ada', level: 60 }],
    });
    expect(room.speakers.getSnapshot()).toEqual([{ participantId: 'ada', level: 60 }]);
    expect(room.state.getSnapshot()).toBe(before);
  });

  it('says that sound is blocked until a gesture lets it play', async () => {
    const test = createTestRoom();
    test.webRtc.soundAllowed = false;
    await test.room.join();
    await until(() => test.room.audio.blocked.getSnapshot());
    test.webRtc.soundAllowed = true;
    await test.room.audio.resume();
    expect(test.room.audio.blocked.getSnapshot()).toBe(false);
    expect(test.webRtc.audios.every(({ paused }) => !paused)).toBe(true);
  });
});

describe('publishing', () => {
  useVirtualTime();

  it('starts and stops a camera without an offer', async () => {
    const { server, webRtc, local } = await joined();
    await local.camera.start();
    const sender = webRtc.peer.transceivers[1]?.sender;
    expect(sender?.track).toBe(local.camera.state.getSnapshot().track);
    await until(() => server.sent('set-muted').length === 1);
    local.camera.stop();
    expect(sender?.track).toBeNull();
    await until(() => server.sent('set-muted').length === 2);
    expect(server.sent('set-muted').map(({ source, muted }) => [source, muted])).toEqual([
      ['camera', false],
      ['camera', true],
    ]);
    expect(server.sent('offer')).toHaveLength(0);
  });

  it('sends three camera streams, or one with the layers that were chosen inside', async () => {
    const encodings = async (options: Partial<RoomOptions>) => {
      const { room, webRtc } = createTestRoom(options);
      await room.join();
      return webRtc.peer.transceivers[1]?.sender.parameters.encodings ?? [];
    };
    expect((await encodings({})).map(({ rid }) => rid)).toEqual(['q', 'h', 'f']);
    const publish = { videoCodec: 'VP9', scalabilityMode: 'L3T3_KEY' } as const;
    expect(await encodings({ publish })).toMatchObject([{ scalabilityMode: 'L3T3_KEY' }]);
  });

  it('sends three streams when the codec has no layers, or is decoded only', async () => {
    for (const videoCodec of ['VP8', 'AV1'] as const) {
      const publish = { videoCodec, scalabilityMode: 'L3T3_KEY' };
      const { room, webRtc } = createTestRoom({ publish });
      await room.join();
      expect(webRtc.peer.transceivers[1]?.sender.parameters.encodings).toHaveLength(3);
    }
  });

  it('takes over devices that were on before the join', async () => {
    const { room, server, webRtc, local } = createTestRoom();
    await local.microphone.start();
    const { track } = local.microphone.state.getSnapshot();
    await room.join();
    expect(webRtc.peer.transceivers[0]?.sender.track).toBe(track);
    expect(server.sent('join-room')[0]).toMatchObject({
      offer: {
        publish: [
          { source: 'microphone', muted: false },
          { source: 'camera', muted: true },
        ],
      },
    });
  });

  it('mutes at once during a cut and reports the last word once afterwards', async () => {
    const { room, server, local } = await joined();
    await local.microphone.start();
    await until(() => server.sent('set-muted').length === 1);
    server.cut();
    local.microphone.mute();
    local.microphone.unmute();
    local.microphone.mute();
    await until(() => room.state.getSnapshot().connection === 'connected');
    await settle();
    expect(server.sent('set-muted').map(({ muted }) => muted)).toEqual([false, true]);
  });

  it('shares a screen with sound by one offer and takes it back by another', async () => {
    const { server, local } = await joined();
    local.screen.set({ status: 'on', track: fakeTrack('video'), audioTrack: fakeTrack('audio') });
    await until(() => server.sent('offer').length === 1);
    local.screen.stop();
    await until(() => server.sent('offer').length === 2);
    const sources = server
      .sent('offer')
      .map(({ publish }) => (publish as { source: string }[]).map(({ source }) => source));
    expect(sources).toEqual([
      ['microphone', 'camera', 'screen', 'screen-audio'],
      ['microphone', 'camera'],
    ]);
  });

  it('uses the same lines for the next share', async () => {
    const { server, webRtc, local } = await joined();
    for (let round = 0; round < 5; round++) {
      await local.screen.start();
      await until(() => server.sent('offer').length === 2 * round + 1);
      local.screen.stop();
      await until(() => server.sent('offer').length === 2 * round + 2);
    }
    expect(webRtc.peer.transceivers).toHaveLength(2 + 12 + 1);
  });

  it('ends a share that the server refuses', async () => {
    const { room, server, webRtc, local } = await joined();
    server.refuseNext('offer', 'publish_not_allowed');
    await local.screen.start();
    await until(() => local.screen.state.getSnapshot().status === 'off');
    expect(webRtc.openPeers).toBe(1);
    expect(room.state.getSnapshot().connection).toBe('connected');
  });

  it('encodes only the layers that somebody watches', async () => {
    const { webRtc } = await joined();
    const camera = webRtc.peer.transceivers[1];
    const active = () => camera?.sender.parameters.encodings.map((one) => one.active);
    webRtc.peer.channel?.receive({ type: 'publish-layers', mid: camera?.mid, rids: ['q'] });
    await settle();
    expect(active()).toEqual([true, false, false]);
    webRtc.peer.channel?.receive({
      type: 'publish-layers',
      mid: camera?.mid,
      rids: ['q', 'h', 'f'],
    });
    await settle();
    expect(active()).toEqual([true, true, true]);
  });

  it('calls the transform seam before anything is negotiated', async () => {
    const order: string[] = [];
    const { room, webRtc } = createTestRoom({
      transforms: {
        sender: (_, kind) => order.push(`send ${kind} ${webRtc.peer.offers}`),
        receiver: (_, kind) => order.push(`receive ${kind} ${webRtc.peer.offers}`),
      },
    });
    await room.join();
    expect(order).toHaveLength(14);
    expect(order.every((line) => line.endsWith(' 0'))).toBe(true);
  });
});

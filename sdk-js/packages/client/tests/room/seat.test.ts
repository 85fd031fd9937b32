import { describe, expect, it } from 'vitest';
import { StreamForgeError } from '../../src/errors';
import { createTestRoom, SELF_ID } from '../../src/testing';
import { settle, until, useVirtualTime } from '../virtualTime';

describe('taking a seat', () => {
  useVirtualTime();

  it('needs one round trip: the first offer travels inside join-room', async () => {
    const { room, server, webRtc } = createTestRoom();
    await room.join();
    await settle();
    expect(server.commands.map(({ name }) => name)).toEqual(['join-room']);
    expect(server.sent('join-room')[0]).toMatchObject({
      protocol: 1,
      offer: {
        sdp: expect.stringContaining('offer') as string,
        publish: [
          { source: 'microphone', muted: true },
          { source: 'camera', muted: true },
        ],
        want: { mode: 'auto' },
      },
    });
    expect(webRtc.peer.pendingLocalDescription).toBeNull();
    expect(room.state.getSnapshot()).toMatchObject({
      phase: 'joined',
      self: { participantId: SELF_ID },
    });
  });

  it('offers microphone, camera, three audio and nine video slots', async () => {
    const { room, webRtc } = createTestRoom();
    await room.join();
    const lines = webRtc.peer.transceivers.map(({ kind, direction }) => `${kind} ${direction}`);
    expect(lines.filter((line) => line === 'audio recvonly')).toHaveLength(3);
    expect(lines.filter((line) => line === 'video recvonly')).toHaveLength(9);
    expect(lines.slice(0, 2)).toEqual(['audio sendonly', 'video sendonly']);
    expect(webRtc.peer.transceivers[1]?.sender.parameters.encodings.map(({ rid }) => rid)).toEqual([
      'q',
      'h',
      'f',
    ]);
  });

  it('fails with the server’s code when it is refused', async () => {
    const { room, server } = createTestRoom();
    server.refuseNext('join-room', 'room_full');
    await expect(room.join()).rejects.toMatchObject({ code: 'room_full' });
    expect(room.state.getSnapshot()).toMatchObject({
      phase: 'failed',
      error: { code: 'room_full' },
    });
  });

  it('tries again when the server is just starting', async () => {
    const { room, server } = createTestRoom();
    server.refuseNext('join-room', 'starting', 1_500);
    const joined = room.join();
    const took = await until(() => room.state.getSnapshot().phase === 'joined');
    await joined;
    expect(took).toBeGreaterThanOrEqual(1_500);
  });

  it('gives up when there is no server for fifteen seconds', async () => {
    const { room, server } = createTestRoom();
    server.reachable = false;
    const joined = room.join();
    joined.catch(() => undefined);
    const took = await until(() => room.state.getSnapshot().phase === 'failed');
    await expect(joined).rejects.toBeInstanceOf(StreamForgeError);
    expect(took).toBeGreaterThanOrEqual(15_000);
    expect(took).toBeLessThan(20_000);
  });

  it('asks for a new token once when the old one has expired', async () => {
    const asked: (string | null)[] = [];
    const token = (current: string | null) => {
      asked.push(current);
      return Promise.resolve(`token-${asked.length}`);
    };
    const { room, server } = createTestRoom({ token });
    server.refuseNext('join-room', 'token_expired');
    void room.join();
    await until(() => room.state.getSnapshot().phase === 'joined');
    expect(asked).toEqual([null, 'token-1']);
    expect(server.sent('join-room').map(({ token: sent }) => sent)).toEqual(['token-1', 'token-2']);
  });

  it('joins once only', async () => {
    const { room } = createTestRoom();
    await room.join();
    await expect(room.join()).rejects.toMatchObject({ code: 'already_joined' });
  });
});

describe('a seat whose connection is cut', () => {
  useVirtualTime();

  it('is resumed with its token and sequence, and its media goes on', async () => {
    const { room, server, webRtc } = createTestRoom();
    await room.join();
    webRtc.peer.connect();
    server.joinOther('ada');
    const peer = webRtc.peer;
    server.cut();
    expect(room.state.getSnapshot().connection).toBe('signal-lost');
    server.joinOther('bob');
    await until(() => room.state.getSnapshot().connection === 'connected');
    const resume = server.sent('join-room')[1];
    expect(resume).toMatchObject({
      resume: { seatId: 'seat_1', resumeToken: 'resume_1', lastSeq: 1 },
    });
    expect(resume).not.toHaveProperty('offer');
    expect(webRtc.peer).toBe(peer);
    expect(room.state.getSnapshot().order).toEqual([SELF_ID, 'ada', 'bob']);
  });

  it('gets new media with a new seat, although the old path still looks alive', async () => {
    const { room, server, webRtc } = createTestRoom();
    await room.join();
    webRtc.peer.connect();
    const peer = webRtc.peer;
    server.cut();
    server.expireSeat();
    await until(() => room.state.getSnapshot().phase === 'joined' && webRtc.peer !== peer);
    expect(server.sent('join-room')[1]).not.toHaveProperty('offer');
    await until(() => server.sent('offer').length === 1);
    expect(server.sent('offer')[0]).toMatchObject({ transportEpoch: 1 });
  });

  it('hears what it missed as events', async () => {
    const { room, server, webRtc } = createTestRoom();
    const heard: string[] = [];
    room.on('chat-received', ({ entry }) => heard.push(entry.text));
    room.on('reconnected', ({ missedEvents }) => heard.push(`missed ${missedEvents}`));
    await room.join();
    webRtc.peer.connect();
    server.cut();
    server.say('ada', 'one');
    server.say('ada', 'two');
    await until(() => heard.length === 3);
    expect(heard).toEqual(['one', 'two', 'missed 2']);
  });

  it('comes back as soon as the server does, however long that takes', async () => {
    const { room, server, webRtc } = createTestRoom();
    await room.join();
    webRtc.peer.connect();
    server.reachable = false;
    server.cut();
    await until(() => server.connections > 20);
    server.reachable = true;
    const took = await until(() => room.state.getSnapshot().connection === 'connected');
    expect(took).toBeLessThan(3_000);
    expect(room.state.getSnapshot().phase).toBe('joined');
  });

  it('gets new media when its transport did not survive', async () => {
    const { room, server, webRtc } = createTestRoom();
    await room.join();
    webRtc.peer.connect();
    server.epoch += 1;
    server.cut();
    await until(() => server.sent('offer').length === 1);
    await settle();
    expect(webRtc.peers).toHaveLength(2);
    expect(server.sent('offer')[0]).toMatchObject({ transportEpoch: 2 });
    expect(webRtc.openPeers).toBe(1);
  });

  it('resumes when the server asks for it', async () => {
    const { room, server, webRtc } = createTestRoom();
    await room.join();
    webRtc.peer.connect();
    server.toSeat('session-ended', { code: 'resync', message: '' });
    await until(() => server.sent('join-room').length === 2);
    await until(() => room.state.getSnapshot().connection === 'connected');
    expect(room.state.getSnapshot().phase).toBe('joined');
  });

  it('stays down when the server ends the session', async () => {
    const { room, server, webRtc } = createTestRoom();
    const ended: string[] = [];
    room.on('session-ended', ({ code }) => ended.push(code));
    await room.join();
    server.toSeat('session-ended', { code: 'duplicate', message: 'joined elsewhere' });
    await until(() => server.connections > 1).catch(() => undefined);
    expect(server.connections).toBe(1);
    expect(room.state.getSnapshot()).toMatchObject({ phase: 'left', endedBy: 'duplicate' });
    expect([ended, webRtc.openPeers]).toEqual([['duplicate'], 0]);
  });
});

describe('events out of order', () => {
  useVirtualTime();

  it('make the client ask for one snapshot and then go on', async () => {
    const { room, server } = createTestRoom();
    await room.join();
    server.lose('participant-left', { participantId: 'nobody', reason: 'left' });
    server.joinOther('ada');
    server.joinOther('bob');
    await until(() => room.state.getSnapshot().order.length === 3);
    expect(server.sent('request-snapshot')).toHaveLength(1);
    server.joinOther('cleo');
    expect(room.state.getSnapshot().order).toHaveLength(4);
  });

  it('or unreadable do no harm', async () => {
    const { room, server } = createTestRoom();
    await room.join();
    server.toSeat('participant-joined', { seq: 1 });
    server.toSeat('chat-sent', { seq: 'one' });
    server.toSeat('an-event-of-tomorrow', { seq: 1 });
    expect(room.state.getSnapshot().phase).toBe('joined');
  });

  it('a listener that throws breaks neither the others nor the room', async () => {
    const { room, server } = createTestRoom();
    const surfaced: unknown[] = [];
    const onError = (error: unknown) => surfaced.push(error);
    process.once('uncaughtException', onError);
    const others = process.listeners('uncaughtException').filter((one) => one !== onError);
    for (const one of others) process.off('uncaughtException', one);
    await room.join();
    const seen: string[] = [];
    room.on('participant-joined', () => {
      throw new Error('from the application');
    });
    room.on('participant-joined', ({ participant }) => seen.push(participant.participantId));
    server.joinOther('ada');
    await until(() => surfaced.length === 1);
    for (const one of others) process.on('uncaughtException', one);
    expect(seen).toEqual(['ada']);
    expect(room.state.getSnapshot().order).toContain('ada');
  });
});

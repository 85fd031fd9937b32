import { describe, expect, it } from 'vitest';
import { createTestRoom } from '../../src/testing';
import { settle, until, useVirtualTime } from '../virtualTime';

async function joined() {
  const test = createTestRoom();
  await test.room.join();
  test.webRtc.peer.connect();
  const texts = () =>
    test.room.state.getSnapshot().chat.map(({ text, status }) => `${text} ${status}`);
  return { ...test, texts };
}

describe('chat', () => {
  useVirtualTime();

  it('shows a message before the server has heard of it', async () => {
    const { room, texts } = await joined();
    const sent = room.sendChat('  hello ');
    expect(texts()).toEqual(['hello sending']);
    await sent;
    expect(texts()).toEqual(['hello sent']);
  });

  it('keeps what is written during a cut and sends it once afterwards', async () => {
    const { room, server, texts } = await joined();
    server.cut();
    const both = Promise.all([room.sendChat('one'), room.sendChat('two')]);
    expect(texts()).toEqual(['one sending', 'two sending']);
    await until(() => room.state.getSnapshot().connection === 'connected');
    await both;
    expect(texts()).toEqual(['one sent', 'two sent']);
    expect(server.chat).toHaveLength(2);
  });

  it('neither loses nor doubles a message whose answer was cut off', async () => {
    const { room, server, texts } = await joined();
    const sent = room.sendChat('once');
    server.mute.add('send-chat');
    await settle();
    expect(server.chat).toHaveLength(1);
    server.mute.clear();
    server.cut();
    await until(() => room.state.getSnapshot().connection === 'connected');
    await sent;
    expect(texts()).toEqual(['once sent']);
    expect(server.chat).toHaveLength(1);
    const commands = server.sent('send-chat').map(({ commandId }) => commandId);
    expect(commands).toHaveLength(2);
    expect(new Set(commands).size).toBe(1);
  });

  it('loses and doubles nothing over twenty cuts while somebody keeps typing', async () => {
    const { room, server } = await joined();
    const sent: Promise<void>[] = [];
    for (let round = 0; round < 20; round++) {
      sent.push(room.sendChat(`a${round}`));
      if (round % 3 === 0) await settle();
      server.cut();
      sent.push(room.sendChat(`b${round}`));
      await until(() => room.state.getSnapshot().connection === 'connected');
    }
    await Promise.all(sent);
    const own = room.state.getSnapshot().chat.map(({ text }) => text);
    expect(own).toHaveLength(40);
    expect(new Set(own).size).toBe(40);
    expect(server.chat.map(({ text }) => text)).toEqual(own);
  });

  it('shows a refused message as failed and sends it again on request under the same id', async () => {
    const { room, server, texts } = await joined();
    server.refuseNext('send-chat', 'chat_disabled');
    await expect(room.sendChat('no')).rejects.toMatchObject({ code: 'chat_disabled' });
    expect(texts()).toEqual(['no failed']);
    await room.retryChat(room.state.getSnapshot().chat[0]?.key ?? '');
    expect(texts()).toEqual(['no sent']);
    const [first, second] = server.sent('send-chat');
    expect(second?.['commandId']).toBe(first?.['commandId']);
  });

  it('waits out a rate limit by itself', async () => {
    const { room, server } = await joined();
    server.refuseNext('send-chat', 'rate_limited', 2_000);
    const sent = room.sendChat('slowly');
    const took = await until(() => server.chat.length === 1);
    await sent;
    expect(took).toBeGreaterThanOrEqual(2_000);
  });

  it('gets everything through that was written during a long cut, in its order', async () => {
    const { room, server } = await joined();
    server.cut();
    const written = Array.from({ length: 12 }, (_, index) => `line ${index}`);
    // The server takes five in five seconds; a word more is refused until there is room again.
    for (let round = 0; round < 30; round++) server.refuseNext('send-chat', 'rate_limited', 1_000);
    const all = Promise.allSettled(written.map((text) => room.sendChat(text)));
    await until(() => !room.state.getSnapshot().chat.some(({ status }) => status === 'sending'));
    await all;
    expect(server.chat.map(({ text }) => text)).toEqual(written);
  });

  it('refuses what is no message', async () => {
    const { room, texts } = await joined();
    await expect(room.sendChat('   ')).rejects.toMatchObject({ code: 'chat_empty' });
    await expect(room.sendChat('x'.repeat(4_001))).rejects.toMatchObject({ code: 'chat_too_long' });
    expect(texts()).toEqual([]);
  });
});

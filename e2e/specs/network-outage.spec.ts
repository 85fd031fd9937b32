/** A participant's network goes away, comes back, or changes its address: the call goes on. */
import { ms, tell } from '../assert/figures.ts';
import {
  expectBothMeet,
  type ImpairedCall,
  impairedCall,
  networkTest as test,
  pictureAfter,
  standStill,
} from '../fixtures/impairedCall.ts';
import { expect } from '../fixtures/test.ts';

const OUTAGE_MS = 7_000;

/** What must not change while a network fails: tiles, connections, and who is in the meeting. */
async function marked({ ada, ben }: ImpairedCall): Promise<() => Promise<void>> {
  const tiles = await Promise.all([
    ada.meeting.tile('Ben').elementHandle(),
    ben.meeting.tile('Ada').elementHandle(),
  ]);
  return async () => {
    for (const tile of tiles) expect(await tile.evaluate((node) => node.isConnected)).toBe(true);
    for (const { page } of [ada, ben])
      expect(await page.evaluate(() => window.mediaProbe.peers.length)).toBe(1);
  };
}

test('after seven seconds without a network the call is back by itself', async ({
  server,
  participant,
  network,
}) => {
  const call = await impairedCall(server, participant, network);
  const expectUnchanged = await marked(call);

  const over = await network.blackout(OUTAGE_MS);

  const [ada, ben] = [
    await pictureAfter(call.ada.page, over),
    await pictureAfter(call.ben.page, over),
  ];
  tell('picture back after an outage of 7 s, to the participant', ms(ada), '500 ms');
  tell('picture back after an outage of 7 s, from the participant', ms(ben), '500 ms');
  await expectBothMeet(call);
  await expectUnchanged();
});

test('another address on the way, and another network, do not end the call', async ({
  server,
  participant,
  network,
}) => {
  const call = await impairedCall(server, participant, network);
  const expectUnchanged = await marked(call);

  await test.step('a router forgets its bindings', async () => {
    const at = await network.rebind();
    tell('stand-still after a rebinding, to', ms(await standStill(call.ada.page, at)), '500 ms');
    tell('stand-still after a rebinding, from', ms(await standStill(call.ben.page, at)), '500 ms');
    await expectBothMeet(call);
  });

  await test.step('the device changes its network', async () => {
    const userName = () =>
      call.ada.page.evaluate(
        () =>
          /a=ice-ufrag:(\S+)/.exec(window.mediaProbe.peers[0]?.localDescription?.sdp ?? '')?.[1],
      );
    const before = await userName();
    const at = await network.rebind();
    await call.ada.page.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect.poll(userName, { message: 'ICE restarts' }).not.toBe(before);
    tell('stand-still after an ICE restart, to', ms(await standStill(call.ada.page, at)), '500 ms');
    tell(
      'stand-still after an ICE restart, from',
      ms(await standStill(call.ben.page, at)),
      '500 ms',
    );
    await expectBothMeet(call);
  });
  await expectUnchanged();
});

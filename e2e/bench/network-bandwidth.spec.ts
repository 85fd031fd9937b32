/** A network that becomes narrow and wide again: smaller pictures for a while, and no stand-still. */
import { continuity, shownFrames } from '../assert/continuity.ts';
import { ms, tell } from '../assert/figures.ts';
import {
  expectBothMeet,
  impairedCall,
  networkTest as test,
  pictureIsWide,
  whileTimePasses,
} from '../fixtures/impairedCall.ts';
import { expect } from '../fixtures/test.ts';

const [NARROW, WIDE] = [
  { rateKbps: 300, delayMs: 20 },
  { rateKbps: 3_000, delayMs: 20 },
];
const NARROW_MS = 8_000;
/** Generous: how soon it comes is printed. */
const SMALLER_TIMEOUT_MS = 30_000;
/** The middle one of the three layers, which does not fit through 300 kbit/s. The highest one comes when the
 * browser's estimate of its uplink allows, which on a busy machine may be never. */
const MIDDLE_WIDTH = 320;

const RECEIVER = { who: 'a receiver', direction: 'down' } as const;
const PUBLISHER = { who: 'a publisher', direction: 'up' } as const;

// The server chooses what fits to a receiver; a publisher's browser chooses by itself.
for (const { who, direction } of [RECEIVER, PUBLISHER]) {
  test(`${who} whose network is narrow for a while gets over it`, async ({
    server,
    participant,
    network,
  }) => {
    test.setTimeout(180_000);
    const call = await impairedCall(server, participant, network);
    // Who sees what passes the narrow way.
    const { page } = direction === 'down' ? call.ada : call.ben;
    await network.shape(WIDE, direction);
    await pictureIsWide(page, MIDDLE_WIDTH, Date.now());

    await network.shape(NARROW, direction);
    const narrow = Date.now();
    await whileTimePasses(NARROW_MS);
    const seen = continuity(await shownFrames(page), narrow, Date.now());
    tell(`300 kbit/s for ${who}: longest stand-still`, ms(seen.longestMs), '500 ms', '1000 ms');
    const smaller = async () =>
      (await shownFrames(page)).find(({ at, width }) => at > narrow && width < MIDDLE_WIDTH);
    await expect
      .poll(smaller, { message: 'a smaller picture comes', timeout: SMALLER_TIMEOUT_MS })
      .toBeDefined();
    tell(
      `300 kbit/s for ${who}: smaller picture after`,
      ms(((await smaller())?.at ?? Infinity) - narrow),
      '1000 ms',
    );
    await expectBothMeet(call);

    await network.shape(WIDE, direction);
    const wide = await pictureIsWide(page, MIDDLE_WIDTH, Date.now());
    tell(`3 Mbit/s for ${who}: larger picture after`, ms(wide), '5000 ms');
    await expectBothMeet(call);
  });
}

/** Many repetitions of what `specs/network-*.spec.ts` try once: `make bench-e2e` prints their p50 and p95. */
import { continuity, shownFrames } from '../assert/continuity.ts';
import { ms, percentile, tell } from '../assert/figures.ts';
import { concealedShare, repair } from '../assert/repair.ts';
import {
  expectBothMeet,
  impairedCall,
  networkTest as test,
  pictureAfter,
  share,
  standStill,
  whileTimePasses,
} from '../fixtures/impairedCall.ts';

const ROUNDS = 20;
const OUTAGE_MS = 7_000;
const MEASURED_MS = 30_000;
/** As in the measurements of others that the goals come from. */
const CASES = [
  { name: 'nothing lost', profile: { delayMs: 25 } },
  { name: '5 % lost, 50 ms', profile: { delayMs: 25, loss: { percent: 5 } } },
  { name: '10 % lost, 150 ms', profile: { delayMs: 75, loss: { percent: 10 } } },
  {
    name: 'bursts, 20 % lost, 50 ms',
    profile: { delayMs: 25, loss: { percent: 20, meanBurst: 5 } },
  },
] as const;

function tellAll(what: string, values: readonly number[]): void {
  const both = `p50 ${ms(percentile(values, 50))}, p95 ${ms(percentile(values, 95))}`;
  tell(`${what}, ${String(values.length)} times`, both, '500 ms at p95');
}

test('outages and new addresses', async ({ server, participant, network }) => {
  test.setTimeout(20 * 60_000);
  const call = await impairedCall(server, participant, network);
  const sides = [call.ada.page, call.ben.page];
  const [outages, rebindings]: [number[], number[]] = [[], []];

  for (let round = 0; round < ROUNDS; round += 1) {
    const over = await network.blackout(OUTAGE_MS);
    for (const page of sides) outages.push(await pictureAfter(page, over));
    await expectBothMeet(call);
    const at = await network.rebind();
    for (const page of sides) rebindings.push(await standStill(page, at));
    await expectBothMeet(call);
  }

  tellAll('picture back after an outage of 7 s', outages);
  tellAll('stand-still after a rebinding', rebindings);
});

test('loss', async ({ server, participant, network }) => {
  test.setTimeout(20 * 60_000);
  const call = await impairedCall(server, participant, network);

  for (const { name, profile } of CASES) {
    await network.shape(profile);
    await expectBothMeet(call);
    const [start, before] = [Date.now(), await repair(call.ada.page)];
    await whileTimePasses(MEASURED_MS);
    const seen = continuity(await shownFrames(call.ada.page), start, Date.now());
    tell(`${name}: freeze share`, share(seen.freezeShare), '5 %');
    tell(`${name}: longest stand-still`, ms(seen.longestMs), '500 ms');
    const concealed = concealedShare(before, await repair(call.ada.page));
    tell(`${name}: sound concealed`, share(concealed), '1 %');
  }
});

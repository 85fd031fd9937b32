/** What a person notices when a process of the server dies: little, and nothing to click. */
import { expectHeard, expectSeen } from '../assert/media.ts';
import { expect, type Participant, test } from '../fixtures/test.ts';

async function callOfTwo(
  participant: (n: number) => Promise<Participant>,
  slug: string,
): Promise<[Participant, Participant]> {
  const [ada, ben] = [await participant(0), await participant(1)];
  await ada.join(slug);
  await ben.join(slug);
  await expectSeen(ben.meeting.tile('Ada'), ada.identity);
  await expectHeard(ben.page, [ada.identity]);
  await ben.page.evaluate(() => window.mediaProbe.watchStill());
  return [ada, ben];
}

test('the call goes on while the server is dead, and chat works when it is back', async ({
  server,
  participant,
}) => {
  const [ada, ben] = await callOfTwo(participant, await server.createRoom('Server crash'));

  const killed = server.crash('server');
  await expect.poll(() => server.processes()['server'] ?? killed).not.toBe(killed);
  await expect
    .poll(() =>
      fetch(`${server.url}/readyz`).then(
        (response) => response.ok,
        () => false,
      ),
    )
    .toBe(true);
  await ada.meeting.say('Still here?');
  await ben.meeting.chat().click();
  await expect(ben.meeting.chatLog().getByText('Still here?')).toHaveCount(1);

  await expectSeen(ben.meeting.tile('Ada'), ada.identity);
  await expectHeard(ben.page, [ada.identity]);
  const still = await ben.page.evaluate(() => window.mediaProbe.longestStill());
  console.log(`server killed: longest time without a new frame ${still.toFixed(0)} ms (goal 0)`);
  // Fifteen frames a second and a busy machine: a second would be a gap that somebody sees.
  expect(still).toBeLessThan(1_000);
});

test('the call comes back by itself after the media worker died', async ({
  server,
  participant,
}) => {
  const [ada, ben] = await callOfTwo(participant, await server.createRoom('Worker crash'));
  const before = await ben.page.evaluate(() => window.mediaProbe.peers.length);

  server.crash('worker-0');

  await expect
    .poll(() => ben.page.evaluate(() => window.mediaProbe.peers.length), { timeout: 20_000 })
    .toBeGreaterThan(before);
  await expectSeen(ben.meeting.tile('Ada'), ada.identity);
  await expectHeard(ben.page, [ada.identity]);
  await expectSeen(ada.meeting.tile('Ben'), ben.identity);
  const still = await ben.page.evaluate(() => window.mediaProbe.longestStill());
  console.log(
    `worker killed: longest time without a new frame ${still.toFixed(0)} ms (goal 2000 at p95)`,
  );
  expect(still).toBeLessThan(15_000);
});

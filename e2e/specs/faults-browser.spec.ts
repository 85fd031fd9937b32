/** A browser that dies, sleeps, or is opened twice: the others are told in time, and nobody stays as a ghost. */
import { ms, tell } from '../assert/figures.ts';
import { expectHeard, expectSeen } from '../assert/media.ts';
import { changeAfter, rosterChanges } from '../assert/roster.ts';
import { isBench } from '../fixtures/bench.ts';
import { processOf, signalBrowser } from '../fixtures/browserProcess.ts';
import { expect, type Participant, test } from '../fixtures/test.ts';
import { expectEverybodyMeets, expectRunning, watchedCall } from '../fixtures/watchedCall.ts';

/** A lid that was closed for a moment: nobody's seat is lost by it. */
const NAP_MS = 4_000;
/** Longer than a seat without socket and media is kept: 10 s until it is noticed, and 15 s. */
const SLEEP_MS = isBench ? 60_000 : 30_000;

async function browserOf({ context }: Participant): Promise<number> {
  const browser = context.browser();
  if (browser === null) throw new Error('the context has no browser');
  return processOf(browser);
}

test('a killed browser is gone in time, a sleeping one comes back by itself', async ({
  server,
  participant,
}) => {
  test.setTimeout(120_000 + SLEEP_MS);
  const slug = await server.createRoom('Sleep');
  const people = await watchedCall(participant, slug, [undefined, undefined, undefined]);
  const [ada, ben, cleo] = people as [Participant, Participant, Participant];
  const [killed, asleep] = [await browserOf(ben), await browserOf(cleo)];

  await test.step('after a nap the seat is the same', async () => {
    signalBrowser(asleep, 'SIGSTOP');
    try {
      const began = Date.now();
      await expect.poll(() => Date.now() - began).toBeGreaterThan(NAP_MS);
    } finally {
      signalBrowser(asleep, 'SIGCONT');
    }
    await expectEverybodyMeets(people);
    await expectRunning(ada, cleo);
    await expectRunning(cleo, ada);
    expect(await rosterChanges(ada.page, 'gone')).toEqual([]);
  });

  await test.step('who died and who sleeps is shown, then gone', async () => {
    const began = Date.now();
    signalBrowser(killed, 'SIGKILL');
    signalBrowser(asleep, 'SIGSTOP');
    try {
      const gone = { ben: 0, cleo: 0 };
      tell(
        'killed browser, badge',
        ms((await changeAfter(ada.page, 'badge', 'Ben', began)) - began),
        '–',
      );
      tell(
        'sleeping laptop, badge',
        ms((await changeAfter(ada.page, 'badge', 'Cleo', began)) - began),
        '10000 ms',
      );
      gone.ben = (await changeAfter(ada.page, 'gone', 'Ben', began)) - began;
      gone.cleo = (await changeAfter(ada.page, 'gone', 'Cleo', began, 40_000)) - began;
      tell(
        'killed browser, gone',
        ms(gone.ben),
        '15000 ms and what dark media takes to notice',
        '–',
      );
      tell('sleeping laptop, gone', ms(gone.cleo), '25000 ms', '–');
      await expect(ada.meeting.tiles()).toHaveCount(1);
      await ada.meeting.say('Anybody left?');
      await expect
        .poll(() => Date.now() - began, { timeout: SLEEP_MS + 1_000 })
        .toBeGreaterThan(SLEEP_MS);
    } finally {
      signalBrowser(asleep, 'SIGCONT');
    }
  });

  await test.step('whoever wakes up is there again', async () => {
    const woken = Date.now();
    await expectSeen(ada.meeting.tile('Cleo'), cleo.identity);
    await expectSeen(cleo.meeting.tile('Ada'), ada.identity);
    tell('sleeping laptop, seen again after', ms(Date.now() - woken), '3000 ms', '–');
    await expectHeard(ada.page, [cleo.identity]);
    await expectHeard(cleo.page, [ada.identity]);
    for (const { page, meeting } of [ada, cleo]) {
      await expect(page.getByRole('article')).toHaveCount(2);
      await expect(meeting.people()).toHaveAccessibleName(/\b2 people/);
    }
    await cleo.meeting.chat().click();
    await expect(cleo.meeting.chatLog().getByText('Anybody left?')).toHaveCount(1);
  });
});

test('the newest place of one person wins, and the older one is told', async ({
  server,
  participant,
}) => {
  const slug = await server.createRoom('Duplicate');
  const [ada, ben] = [await participant(0), await participant(1)];
  await ada.join(slug);
  const given = ben.page.waitForResponse((answer) => answer.url().endsWith('/access'));
  await ben.join(slug);
  const access = await (await given).text();
  await expectSeen(ada.meeting.tile('Ben'), ben.identity);
  // A link that carries the token, opened again elsewhere: the same person by another camera.
  const again = await participant(2);
  await again.page.route('**/access', (route) =>
    route.fulfill({ status: 201, contentType: 'application/json', body: access }),
  );
  await again.prejoin.open(server.url, slug);
  await again.prejoin.waitForPreview();
  await again.prejoin.joinAs('Ben');
  await again.meeting.waitUntilJoined();

  await expect(
    ben.page.getByRole('heading', { name: 'You joined from somewhere else' }),
  ).toBeVisible();
  await expectSeen(ada.meeting.tile('Ben'), again.identity);
  await expectHeard(ada.page, [again.identity]);
  await expectHeard(again.page, [ada.identity]);
  for (const { page } of [ada, again]) await expect(page.getByRole('article')).toHaveCount(2);
  // The older one does not fight for the seat.
  await expect(
    ben.page.getByRole('heading', { name: 'You joined from somewhere else' }),
  ).toBeVisible();
  const open = ben.page.evaluate(
    () =>
      window.mediaProbe.peers.filter(({ connectionState }) => connectionState !== 'closed').length,
  );
  expect(await open).toBe(0);
});

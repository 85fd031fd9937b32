/** What people in a call notice when a process of the server is killed: little, and nothing to click. */
import { ms, percentile, tell } from '../assert/figures.ts';
import { rosterChanges, settledArrangement } from '../assert/roster.ts';
import { expectHeard } from '../assert/media.ts';
import { isBench } from '../fixtures/bench.ts';
import type { Server } from '../fixtures/server.ts';
import { expect, type Participant, test } from '../fixtures/test.ts';
import {
  countAnew,
  expectEverybodyMeets,
  expectRunning,
  othersOf,
  peersOf,
  socketsOf,
  watchedCall,
  worstPicture,
} from '../fixtures/watchedCall.ts';
import { messagesIn, Writer } from '../pages/chat.ts';

const THREE = [undefined, undefined, undefined];
/** Figures need many kills; that it works at all needs one. */
const KILLS = isBench ? 20 : 1;
/** The supervisor takes a child that lived this long for healthy, and restarts it without a pause. */
const HEALTHY_MS = 5_500;

/** Kills the media worker under a call and returns how long the worst picture stood still. */
async function killWorker(server: Server, people: readonly Participant[]): Promise<number> {
  const peers = await Promise.all(people.map(peersOf));
  await countAnew(people);
  server.crash('worker-0');
  for (const [index, person] of people.entries()) {
    await expect
      .poll(() => peersOf(person), { message: `${person.identity.name} is told media-reset` })
      .toBeGreaterThan(peers[index] ?? 0);
  }
  await expectEverybodyMeets(people);
  for (const person of people) {
    for (const other of othersOf(person, people)) await expectRunning(person, other);
  }
  return (await worstPicture(people)).stillMs;
}

test('media comes back by itself under the same tiles after the worker was killed', async ({
  server,
  participant,
}) => {
  test.setTimeout(90_000 + KILLS * 40_000);
  const people = await watchedCall(participant, await server.createRoom('Worker crash'), THREE);
  const [ada, ...others] = people as [Participant, ...Participant[]];
  for (const { meeting } of people) await meeting.chat().click();
  const sockets = people.map(socketsOf);
  const places = await Promise.all(people.map(({ page }) => settledArrangement(page)));
  const gaps: number[] = [];

  for (let round = 0; round < KILLS; round += 1) {
    const began = Date.now();
    const [gap] = await Promise.all([killWorker(server, people), ada.meeting.say('Still there?')]);
    gaps.push(gap);
    for (const { meeting } of others) {
      await expect(meeting.chatLog().getByText('Still there?')).toHaveCount(round + 1);
    }
    if (round + 1 < KILLS) await expect.poll(() => Date.now() - began).toBeGreaterThan(HEALTHY_MS);
  }

  expect(people.map(socketsOf)).toEqual(sockets);
  for (const [index, { page }] of people.entries()) {
    expect(await settledArrangement(page)).toEqual(places[index]);
    expect(await rosterChanges(page)).toEqual([]);
  }
  const [half, most] = [percentile(gaps, 50), percentile(gaps, 95)];
  tell(`worker killed, media gap p50 of ${String(KILLS)}`, ms(half), '–', '–');
  tell(`worker killed, media gap p95 of ${String(KILLS)}`, ms(most), '2000 ms');
});

/** Attempts to join that the running server process has granted; a new process counts from zero. */
async function seatsGranted(server: Server): Promise<number> {
  const text = await fetch(`${server.url}/metrics`).then(
    (answer) => answer.text(),
    () => '',
  );
  return Number(/^streamforge_rooms_joins_total\{result="ok"\} (\S+)$/m.exec(text)?.[1] ?? 0);
}

test('the call and what people write survive a killed server', async ({ server, participant }) => {
  test.setTimeout(120_000);
  const { body } = await server.post('/rooms', { name: 'Server crash' });
  const { slug, adminToken } = body as { slug: string; adminToken: string };
  const people = await watchedCall(
    async (n) => {
      const person = await participant(n);
      // Whoever made the room on this browser is its moderator.
      if (n === 0) {
        const entry = ['sf:owned-rooms:1', JSON.stringify({ [slug]: adminToken })] as const;
        await person.context.addInitScript(
          ([key, value]) => localStorage.setItem(key, value),
          entry,
        );
      }
      return person;
    },
    slug,
    THREE,
  );
  const [ada, ben, cleo] = people as [Participant, Participant, Participant];
  await cleo.meeting.microphone().click();
  await expectHeard(ada.page, [ben.identity]);
  for (const { meeting } of people) await meeting.chat().click();
  const names = people.map(({ identity }) => identity.name);
  const [worker, peers] = [server.processes()['worker-0'], await Promise.all(people.map(peersOf))];
  const writers = people.map((person) => new Writer(person));
  for (const { page } of people) {
    await expect.poll(async () => (await messagesIn(page, names)).length).toBeGreaterThan(2);
  }
  // What the machine itself makes of three browsers, to hold the next figures against.
  await countAnew(people);
  for (const person of people) {
    for (const other of othersOf(person, people)) await expectRunning(person, other);
  }
  const undisturbed = await worstPicture(people);
  await countAnew(people);

  const killed = server.crash('server');

  await expect
    .poll(() => server.processes()['server'] ?? killed, { intervals: [10] })
    .not.toBe(killed);
  const started = Date.now();
  await expect
    .poll(() => seatsGranted(server), { intervals: [50], message: 'seats resume', timeout: 40_000 })
    .toBeGreaterThanOrEqual(people.length);
  tell('server killed, all seats resumed after its start', ms(Date.now() - started), '3000 ms');
  const { stillMs, missing } = await worstPicture(people);
  tell(
    'server killed, longest time without a new frame (before that)',
    `${ms(stillMs)} (${ms(undisturbed.stillMs)})`,
    '67 ms (15 frames a second)',
    '–',
  );
  tell(
    'server killed, most frames in a row that were not shown (before that)',
    `${String(missing)} (${String(undisturbed.missing)})`,
    '0',
  );

  await test.step('every message is there once, in the same order for all', async () => {
    await Promise.all(writers.map((writer) => writer.stop()));
    const written = writers.flatMap((writer) => writer.written).sort();
    for (const { page } of people) {
      await expect
        .poll(async () => (await messagesIn(page, names)).sort(), { timeout: 30_000 })
        .toEqual(written);
    }
    const lists = await Promise.all(people.map(({ page }) => messagesIn(page, names)));
    expect(lists[1]).toEqual(lists[0]);
    expect(lists[2]).toEqual(lists[0]);
  });

  await test.step('media never stopped', async () => {
    expect(server.processes()['worker-0']).toBe(worker);
    expect(await Promise.all(people.map(peersOf))).toEqual(peers);
    // Less than the numbers take to come round, or `missing` would mean nothing.
    expect(stillMs).toBeLessThan(4_000);
  });

  await test.step('roles, mutes and tiles are as before', async () => {
    await expectHeard(ada.page, [ben.identity]);
    await expect(ben.meeting.tile('Cleo')).toHaveAccessibleName(/muted/);
    for (const person of people) {
      await person.meeting.people().click();
      const moderator = person === ada ? 'Ada (you)' : 'Ada';
      await expect(
        person.page.getByRole('listitem').filter({ hasText: 'Moderator' }),
      ).toContainText(moderator);
      const moved = await rosterChanges(person.page);
      expect(moved.filter(({ what }) => what === 'came' || what === 'gone')).toEqual([]);
    }
  });
});

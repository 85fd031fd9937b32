/**
 * Twenty-five people: the browser's offer stays as it is, tiles page, and the loudest are heard.
 *
 * On phones, where a page of tiles fits the slots of the first offer. A large screen shows all of
 * them at once and asks for more slots by a re-offer, which is how it is meant.
 */
import { expectHeard, expectSeen, offerLength } from '../assert/media.ts';
import { LightCrowd, lightPeople } from '../fixtures/light.ts';
import { CROWD_TONES } from '../fixtures/sources.ts';
import { expect, test } from '../fixtures/test.ts';

// Five sounds for three audio slots; the last two are too quiet at first.
const SOUNDS = [10, 14, 18, 50, 55].map((level, index) => ({
  tone: CROWD_TONES[index] ?? 0,
  level,
}));

test('twenty-five people meet without renegotiation', async ({ server, participant }) => {
  test.setTimeout(240_000);
  const slug = await server.createRoom('Crowd');
  const [ada, ben] = [await participant(0), await participant(1)];
  await ada.page.setViewportSize({ width: 390, height: 844 });
  await ben.page.setViewportSize({ width: 844, height: 390 });
  await ada.join(slug);
  await ben.join(slug);
  for (const { meeting } of [ada, ben]) await meeting.microphone().click(); // listeners only
  const alone = await offerLength(ada.page);
  const guests = lightPeople(23, SOUNDS);
  const crowd = new LightCrowd(server);
  try {
    for (const guest of guests) await crowd.join(slug, guest);

    await test.step('everybody is seen on one of the pages of tiles', async () => {
      await expect(ada.meeting.pageNumber()).toHaveText(/^1 of [3-9]$/);
      const seen = new Set<string>();
      let pages = 1;
      for (;;) {
        for (const guest of guests) {
          const tile = ada.meeting.tile(guest.name);
          if (seen.has(guest.name) || !(await tile.isVisible())) continue;
          await expectSeen(tile, guest);
          seen.add(guest.name);
        }
        if (!(await ada.meeting.nextPage().isEnabled())) break;
        await ada.meeting.nextPage().click();
        pages += 1;
        // The tiles of the page before may stand for a moment, more so on a busy machine.
        await expect(ada.meeting.pageNumber()).toHaveText(new RegExp(`^${String(pages)} `));
      }
      expect(seen.size).toBe(guests.length);
    });

    await test.step('the offer has not grown', async () => {
      expect(await offerLength(ada.page)).toBe(alone);
      expect(await ada.page.evaluate(() => window.mediaProbe.peers.length)).toBe(1);
    });

    await test.step('the three loudest are heard', async () => {
      await expectHeard(ada.page, guests.slice(0, 3));
      await expectHeard(ben.page, guests.slice(0, 3));
    });

    await test.step('whoever becomes loud is heard instead of whoever falls silent', async () => {
      const [first, , , fourth] = guests;
      if (first === undefined || fourth === undefined) throw new Error('there are 23 guests');
      crowd.setLevel(first, 127);
      crowd.setLevel(fourth, 8);
      await expectHeard(ada.page, guests.slice(1, 4));
    });
  } finally {
    await crowd.close();
  }
});

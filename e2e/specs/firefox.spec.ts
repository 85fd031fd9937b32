/** Firefox and Chromium in one room, both through the real web UI, both ways. */
import { COLOUR_TOLERANCE, distance, expectHeard, expectSeen, picture } from '../assert/media.ts';
import { FirefoxPerson } from '../fixtures/firefox.ts';
import { FIREFOX_TONE, type Identity, SCREEN } from '../fixtures/sources.ts';
import { Server } from '../fixtures/server.ts';
import { expect, type Participant, test as base } from '../fixtures/test.ts';

// Firefox never tries a loopback address: this server announces what it finds, as it does by default.
const test = base.extend<object, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await Server.start({ STREAMFORGE_ANNOUNCED_ADDRESSES: undefined });
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
});

const PATIENCE = { timeout: 30_000 };
// Firefox's fake camera walks through colours; an identity has one.
const FAY = { name: 'Fay', tone: FIREFOX_TONE, colour: [0, 0, 0] } as const satisfies Identity;

async function firefoxMeets(fay: FirefoxPerson, { identity }: Participant): Promise<void> {
  await expect
    .poll(async () => {
      const seen = await fay.sees(`${identity.name},`);
      return seen !== null && distance(seen.colour, identity.colour) <= COLOUR_TOLERANCE;
    }, PATIENCE)
    .toBe(true);
  const before = await fay.audioEnergy();
  await expect.poll(() => fay.audioEnergy(), PATIENCE).toBeGreaterThan(before);
}

/** The tile shows pictures that go on and change their colour, as the fake camera does. */
async function expectFakeCamera({ meeting }: Participant): Promise<void> {
  const tile = meeting.tile(FAY.name);
  const first = { picture: await picture(tile).catch(() => null) };
  await expect
    .poll(async () => {
      const now = await picture(tile).catch(() => null);
      first.picture ??= now;
      if (now === null || first.picture === null) return false;
      const changed = distance(now.colour, first.picture.colour) > 5;
      return changed && now.frames > first.picture.frames + 3 && now.width >= 160;
    }, PATIENCE)
    .toBe(true);
}

test('Firefox and Chromium see and hear each other', async ({ server, participant }) => {
  test.setTimeout(180_000);
  const slug = await server.createRoom('Firefox');
  const ada = await participant(0);
  const fay = await FirefoxPerson.launch(FAY.name);
  try {
    await ada.join(slug);
    await fay.join(server.url, slug);

    await test.step('both ways', async () => {
      await firefoxMeets(fay, ada);
      await expectFakeCamera(ada);
      await expectHeard(ada.page, [FAY]);
    });

    await test.step('mute and back', async () => {
      await fay.press('Microphone');
      await expectHeard(ada.page, []);
      await fay.press('Microphone');
      await expectHeard(ada.page, [FAY]);
    });

    await test.step('a shared screen', async () => {
      await fay.press('Share screen');
      // Its sound is silence here: web audio, which would make it, needs a sound device.
      await expectSeen(ada.meeting.screen(), SCREEN, 320);
      await fay.press('Share screen');
      await expect(ada.meeting.screen()).toBeHidden();
    });

    await test.step('another network', async () => {
      const before = await fay.iceUser();
      await fay.changeNetwork();
      await expect.poll(() => fay.iceUser(), PATIENCE).not.toBe(before);
      await firefoxMeets(fay, ada);
      await expectFakeCamera(ada);
      expect(await fay.page.evaluate(() => window.mediaProbe.peers.length)).toBe(1);
    });

    await test.step('leaving', async () => {
      await fay.press('Leave');
      await expect(ada.meeting.tile(FAY.name)).toBeHidden();
      await expectHeard(ada.page, []);
    });
  } catch (error) {
    console.log(`Firefox: ${fay.complaints.join(' | ')}`);
    throw error;
  } finally {
    await fay.close();
  }
});

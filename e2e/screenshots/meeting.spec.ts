/** Takes the pictures in docs/images from the running product: `make screenshots`. */
import { join } from 'node:path';
import type { Browser } from '@playwright/test';
import { picture } from '../assert/media.ts';
import { launchWith } from '../fixtures/browser.ts';
import { expect, test } from '../fixtures/test.ts';
import { captureFiles, IDENTITIES } from '../fixtures/sources.ts';
import { MeetingPage } from '../pages/meeting.ts';
import { PrejoinPage } from '../pages/prejoin.ts';
import { PORTRAITS, portraitFile } from './portraits.ts';

const IMAGES = join(import.meta.dirname, '..', '..', 'docs', 'images');

test('three people in a meeting', async ({ server }) => {
  test.setTimeout(180_000);
  const slug = await server.createRoom('Design review');
  const browsers: Browser[] = [];
  try {
    for (const [index, person] of PORTRAITS.toReversed().entries()) {
      const identity = IDENTITIES[index];
      if (identity === undefined) throw new Error('there are more portraits than identities');
      const { audio } = captureFiles(identity);
      const browser = await launchWith({ video: portraitFile(person), audio });
      browsers.push(browser);
      const page = await browser.newPage({
        viewport: { width: 1440, height: 900 },
        deviceScaleFactor: 1,
        colorScheme: 'dark',
        permissions: ['microphone', 'camera'],
      });
      const [prejoin, meeting] = [new PrejoinPage(page), new MeetingPage(page)];
      await prejoin.open(server.url, slug);
      await prejoin.waitForPreview();
      if (person === PORTRAITS[0]) {
        await prejoin.name().fill(person.name);
        await page.screenshot({ path: join(IMAGES, 'prejoin.png') });
      }
      await prejoin.joinAs(person.name);
      await meeting.waitUntilJoined();
      if (person !== PORTRAITS[0]) continue;
      for (const { name } of PORTRAITS.slice(1)) {
        await expect
          .poll(async () => (await picture(meeting.tile(name)))?.width ?? 0, { timeout: 30_000 })
          .toBeGreaterThanOrEqual(640);
      }
      await page.mouse.move(0, 0);
      await page.screenshot({ path: join(IMAGES, 'meeting.png') });
    }
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()));
  }
});

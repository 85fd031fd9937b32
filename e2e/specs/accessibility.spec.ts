/** axe-core finds no serious or critical fault on any page, dark and light. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { HomePage } from '../pages/home.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

declare const axe: { run: () => Promise<AxeResults> };

async function faults(page: Page): Promise<string[]> {
  // By evaluation and not by a <script>, which the page's policy rightly refuses.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run());
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

for (const colorScheme of ['dark', 'light'] as const) {
  test(`home, prejoin and meeting are accessible (${colorScheme})`, async ({
    server,
    participant,
  }) => {
    const slug = await server.createRoom('Accessible');
    const [ada, ben] = [await participant(0), await participant(1)];
    await ada.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });

    await new HomePage(ada.page).open(server.url);
    await expect(new HomePage(ada.page).newMeeting()).toBeVisible();
    expect(await faults(ada.page)).toEqual([]);

    await ada.prejoin.open(server.url, slug);
    await ada.prejoin.waitForPreview();
    expect(await faults(ada.page)).toEqual([]);

    await ada.join(slug);
    expect(await faults(ada.page)).toEqual([]);

    await ben.join(slug);
    await expect(ada.meeting.tile('Ben')).toBeVisible();
    await ada.meeting.say('Hello');
    expect(await faults(ada.page)).toEqual([]);

    await ada.meeting.people().click();
    expect(await faults(ada.page)).toEqual([]);
  });
}

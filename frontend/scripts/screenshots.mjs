/**
 * Photographs the gallery's scenes at the sizes of UI.md's "before you ship a screen".
 * Usage: node scripts/screenshots.mjs <out-dir> [filter]. Needs Debian's chromium; starts its own Vite server.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';

const [outDir = 'screenshots', filter = ''] = process.argv.slice(2);
const SIZES = {
  desktop: [1440, 900],
  tablet: [1024, 768],
  phone: [390, 844],
  landscape: [844, 390],
  small: [360, 640],
  uhd: [3840, 2160],
};

/** name: [query, sizes, keys or clicks] */
const SCENES = [
  ...[1, 2, 3, 4, 5, 9, 16, 49].map((n) => [
    `meeting-${n}`,
    `tiles=${n}`,
    ['desktop', 'phone', 'tablet', 'landscape'],
  ]),
  ['meeting-light', 'tiles=5&theme=light', ['desktop', 'phone']],
  ['meeting-novideo', 'tiles=9&novideo', ['desktop', 'phone']],
  ['meeting-long', 'tiles=4&long', ['desktop', 'phone', 'small']],
  ['meeting-rtl', 'tiles=5&dir=rtl', ['desktop', 'phone']],
  ['meeting-share', 'tiles=5&state=share', ['desktop', 'phone', 'landscape', 'tablet']],
  ['meeting-sharing', 'tiles=3&state=sharing', ['desktop', 'phone']],
  ['meeting-muted', 'tiles=3&state=muted', ['desktop', 'phone']],
  ['meeting-troubled', 'tiles=4&state=troubled', ['desktop', 'phone']],
  ['meeting-blocked', 'tiles=2&state=blocked', ['desktop', 'phone']],
  ['meeting-reconnecting', 'tiles=4&state=reconnecting', ['desktop', 'phone'], { waitMs: 3200 }],
  ['meeting-chat', 'tiles=4&state=chat', ['desktop', 'phone', 'landscape'], { key: 'c' }],
  ['meeting-chat-light', 'tiles=4&state=chat&theme=light', ['desktop'], { key: 'c' }],
  ['meeting-chat-empty', 'tiles=4', ['desktop'], { key: 'c' }],
  ['meeting-people', 'tiles=16&long', ['desktop', 'phone'], { key: 'p' }],
  ['meeting-people-rtl', 'tiles=5&dir=rtl', ['desktop'], { key: 'p' }],
  ['meeting-invite', 'tiles=2', ['desktop', 'phone'], { click: 'Invite' }],
  ['meeting-shortcuts', 'tiles=2', ['desktop'], { key: '?' }],
  ['meeting-more', 'tiles=2', ['desktop', 'phone'], { menu: 'More' }],
  ['meeting-mic-menu', 'tiles=2', ['desktop'], { menu: 'Choose microphone and speaker' }],
  ['meeting-uhd', 'tiles=9', ['uhd']],
  ['home', 'screen=home', ['desktop', 'phone', 'landscape']],
  ['home-light', 'screen=home&theme=light', ['desktop', 'phone']],
  ['home-empty', 'screen=home&state=empty&theme=light', ['desktop']],
  ['prejoin', 'screen=prejoin', ['desktop', 'tablet', 'phone', 'landscape', 'small']],
  ['prejoin-light', 'screen=prejoin&theme=light', ['desktop', 'phone']],
  ['prejoin-long', 'screen=prejoin&long', ['desktop', 'phone']],
  ['prejoin-rtl', 'screen=prejoin&dir=rtl', ['desktop']],
  ...[
    'denied',
    'nodevice',
    'busy',
    'insecure',
    'asking',
    'off',
    'full',
    'loading',
    'empty',
    'missing',
    'failed',
    'unreachable',
    'joining',
  ].map((state) => [
    `prejoin-${state}`,
    `screen=prejoin&state=${state}&theme=light`,
    ['desktop', 'phone'],
  ]),
  ['left', 'screen=left', ['desktop', 'phone']],
  ['left-duplicate', 'screen=left&state=duplicate&theme=light', ['desktop']],
];

await mkdir(outDir, { recursive: true });
const root = fileURLToPath(new URL('..', import.meta.url));
const server = await createServer({ root, server: { port: 0, hmr: false }, logLevel: 'error' });
await server.listen();
const base = server.resolvedUrls.local[0];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
});

for (const [name, query, sizes, action = {}] of SCENES) {
  if (!name.includes(filter)) continue;
  for (const size of sizes) {
    const [width, height] = SIZES[size];
    const isTouch = ['phone', 'landscape', 'small'].includes(size);
    const context = await browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: size === 'uhd' ? 1 : isTouch ? 2 : 1,
      isMobile: isTouch,
      hasTouch: isTouch,
      permissions: ['camera', 'microphone'],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(120_000); // a busy machine is no reason to give up
    page.on('console', (m) => m.type() === 'error' && console.log(`${name} ${size}: ${m.text()}`));
    page.on('pageerror', (error) => console.log(`${name} ${size}: ${error.message}`));
    await page.goto(`${base}gallery.html?${query}`);
    await page.waitForSelector('h1', { state: 'attached' });
    await page.evaluate(() => document.fonts.ready);
    if (action.key) await page.keyboard.press(action.key);
    if (action.menu) await page.getByRole('button', { name: action.menu, exact: true }).click();
    if (action.click) {
      await page.getByRole('button', { name: 'More', exact: true }).click();
      await page.getByRole('menuitem', { name: action.click }).click();
    }
    await page.waitForTimeout(action.waitMs ?? 700);
    await page.screenshot({ path: join(outDir, `${name}.${size}.png`) });
    await context.close();
  }
}
await browser.close();
await server.close();

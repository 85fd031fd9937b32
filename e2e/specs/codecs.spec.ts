/**
 * Codecs besides VP8, from one Chromium through the worker to another: decoded pictures of the
 * right colour, another layer when the tile changes its size, and no picture that stands still.
 */
import type { Browser, Page } from '@playwright/test';
import { expectSeen, picture } from '../assert/media.ts';
import { launchWith } from '../fixtures/browser.ts';
import { installProbe } from '../fixtures/probe.ts';
import type { Server } from '../fixtures/server.ts';
import { cameraFile, captureFiles, IDENTITIES, TONES } from '../fixtures/sources.ts';
import { expect, test } from '../fixtures/test.ts';
import { headlessPage } from '../headless/bundle.ts';
import type { HeadlessOptions } from '../headless/page.ts';

const [ada, ben] = IDENTITIES as [(typeof IDENTITIES)[0], (typeof IDENTITIES)[0]];
// Three spatial layers of 240×135, 480×270 and 960×540: the smallest that encoders split so.
const FULL = { width: 960, height: 540 };
const SMALL = { width: 240, height: 135 };
// A browser starts its largest stream once its own estimate allows it: seconds, on a busy machine many.
const RAMP_UP_MS = 45_000;

const CASES: { name: string; mime: string; publish: NonNullable<HeadlessOptions['publish']> }[] = [
  {
    name: 'VP9 with layers inside one stream',
    mime: 'video/VP9',
    publish: { videoCodec: 'VP9', scalabilityMode: 'L3T3_KEY' },
  },
  {
    name: 'AV1 with layers inside one stream',
    mime: 'video/AV1',
    publish: { videoCodec: 'AV1', scalabilityMode: 'L3T3_KEY' },
  },
  { name: 'H.264 in three streams', mime: 'video/H264', publish: { videoCodec: 'H264' } },
];

async function joinHeadless(
  browser: Browser,
  server: Server,
  options: Omit<HeadlessOptions, 'token'>,
  camera: boolean,
): Promise<Page> {
  const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
  await context.addInitScript(installProbe, TONES);
  const page = await headlessPage(context, server.url);
  const { body } = await server.post(`/rooms/${options.slug}/access`, {
    displayName: options.name,
  });
  const { token } = body as { token: string };
  await page.evaluate(([all, withCamera]) => window.headless.join(all, withCamera), [
    { ...options, token },
    camera,
  ] as const);
  return page;
}

/** The codec of the video that the page receives. */
async function receivedCodec(page: Page): Promise<string> {
  return page.evaluate(async () => {
    for (const peer of window.mediaProbe.peers) {
      const stats = await peer.getStats();
      const entries = [...(stats.values() as Iterable<Record<string, unknown>>)];
      const inbound = entries.find(
        ({ type, kind, framesDecoded }) =>
          type === 'inbound-rtp' && kind === 'video' && Number(framesDecoded) > 0,
      );
      const codec = entries.find(({ id }) => id === inbound?.['codecId']);
      if (codec !== undefined) return String(codec['mimeType']);
    }
    return '';
  });
}

async function expectWidth(page: Page, width: number): Promise<void> {
  const tile = page.locator('article');
  await expect
    .poll(async () => (await picture(tile))?.width ?? 0, {
      message: 'width of the picture',
      timeout: RAMP_UP_MS,
    })
    .toBe(width);
  await expectSeen(tile, ada, width);
}

test.describe('a codec that the application chose', () => {
  let [sender, receiver]: Browser[] = [];

  test.beforeAll(async () => {
    sender = await launchWith({ ...captureFiles(ada), video: cameraFile(ada, FULL) });
    receiver = await launchWith(captureFiles(ben));
  });

  test.afterAll(async () => {
    await sender?.close();
    await receiver?.close();
  });

  for (const { name, mime, publish } of CASES) {
    test(name, async ({ server }) => {
      test.setTimeout(180_000);
      if (sender === undefined || receiver === undefined) throw new Error('no browser');
      const slug = await server.createRoom(name);
      const publisher = await joinHeadless(sender, server, { slug, name: 'Ada', publish }, true);
      const page = await joinHeadless(receiver, server, { slug, name: 'Ben' }, false);

      await expectWidth(page, FULL.width);
      expect(await receivedCodec(page)).toBe(mime);
      await page.evaluate(() => window.mediaProbe.watchStill());
      await page.evaluate(({ width, height }) => window.headless.resize(width, height), SMALL);
      await expectWidth(page, SMALL.width);
      await page.evaluate(({ width, height }) => window.headless.resize(width, height), FULL);
      await expectWidth(page, FULL.width);

      const still = await page.evaluate(() => window.mediaProbe.longestStill());
      console.log(`${name}: longest time without a new frame ${still.toFixed(0)} ms`);
      // Two switches at fifteen frames a second: more is a picture that somebody sees standing.
      expect(still).toBeLessThan(3_000);
      await publisher.context().close();
      await page.context().close();
    });
  }
});

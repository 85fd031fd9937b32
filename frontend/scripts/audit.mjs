/**
 * Two figures of the interface, measured in Chromium on the gallery: accessibility rules that fail (axe, serious and
 * critical) and the main thread's time for one change of speaker. Prints measured and goal; a miss exits with 1.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const SPEAKER_GOAL_MS = 3;
const CHANGES = 100;

/** [query, what to do before looking] */
const SCREENS = [
  ['screen=home'],
  ['screen=home&theme=light'],
  ['screen=prejoin&theme=light'],
  ['screen=prejoin&state=denied'],
  ['tiles=9'],
  ['tiles=9&theme=light&novideo'],
  ['tiles=5&state=share'],
  ['tiles=1'],
  ['tiles=4&state=chat', (page) => page.keyboard.press('c')],
  ['tiles=64&novideo', speakElsewhere],
  ['tiles=12', (page) => page.keyboard.press('p')],
  ['tiles=3', (page) => page.keyboard.press('?')],
  ['tiles=3', (page) => page.getByRole('button', { name: 'More', exact: true }).click()],
];

async function speakElsewhere(page) {
  await page.evaluate(() => {
    window.galleryRoom.speakers.set([{ participantId: 'ptc_60', level: 50 }]);
  });
  await page.getByRole('button', { name: /is speaking/ }).waitFor();
}

const root = fileURLToPath(new URL('..', import.meta.url));
const server = await createServer({ root, server: { port: 0, hmr: false }, logLevel: 'error' });
await server.listen();
const base = `${server.resolvedUrls.local[0]}gallery.html`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
page.setDefaultTimeout(120_000); // a busy machine is no reason to give up

let failures = 0;
for (const [query, act] of SCREENS) {
  await page.goto(`${base}?${query}`);
  await page.waitForSelector('h1', { state: 'attached' });
  await act?.(page);
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() =>
    window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  failures += grave.length;
  for (const { id, nodes } of violations)
    console.log(`  ${query}: ${id}: ${nodes[0].html.slice(0, 140)}`);
}
console.log(`axe, serious and critical rules over ${SCREENS.length} screens: ${failures}, goal 0`);

const cdp = await page.context().newCDPSession(page);
await cdp.send('Performance.enable');
// CPU time of the main thread: wall time would measure the other load of this machine.
const taskMs = async () => {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'ThreadTime').value * 1000;
};
/** [what, query, first and number of those who speak in turn] */
const MEETINGS = [
  ['9 tiles', 'tiles=9&novideo', 1, 8],
  ['49 tiles', 'tiles=64&novideo', 1, 20],
  ['49 tiles, speakers on another page', 'tiles=64&novideo', 50, 12],
];
let slowest = 0;
for (const [what, query, first, speakers] of MEETINGS) {
  await page.goto(`${base}?${query}`);
  await page.waitForSelector('article');
  const run = (isSpeaking) =>
    page.evaluate(
      async ([changes, speaking, from, count]) => {
        for (let change = 0; change < changes; change += 1) {
          if (speaking) {
            const participantId = `ptc_${from + (change % count)}`;
            window.galleryRoom.speakers.set([{ participantId, level: 30 + (change % 60) }]);
          }
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
      },
      [CHANGES, isSpeaking, first, speakers],
    );
  await run(true);
  const before = await taskMs();
  await run(false);
  const idle = await taskMs();
  await run(true);
  const perChange = (await taskMs()) - idle - (idle - before);
  const each = Math.max(0, perChange / CHANGES);
  slowest = Math.max(slowest, each);
  console.log(
    `main thread per speaker change, ${what}: ${each.toFixed(2)} ms, goal ${SPEAKER_GOAL_MS} ms`,
  );
}

await browser.close();
await server.close();
process.exitCode = failures > 0 || slowest > SPEAKER_GOAL_MS ? 1 : 0;

/** Mute is what people trust most: what is said after the click must not be heard. */
import { expectHeard, jitterBufferMs } from '../assert/media.ts';
import { median } from '../assert/figures.ts';
import { expect, test } from '../fixtures/test.ts';

const LIMIT_MS = 200;
const ROUNDS = 5;

test('muting silences the microphone for others within 200 ms', async ({ server, participant }) => {
  const slug = await server.createRoom('Mute');
  const [ada, ben] = [await participant(0), await participant(1)];
  await ada.join(slug);
  await ben.join(slug);
  await expectHeard(ben.page, [ada.identity]);
  const delays: number[] = [];

  for (let round = 0; round < ROUNDS; round += 1) {
    const silence = ben.page.evaluate(
      (tone) => window.mediaProbe.silentSince(tone),
      ada.identity.tone,
    );
    await ada.meeting.microphone().click();
    const silentAt = await silence;
    const clickedAt = await ada.page.evaluate(() => window.mediaProbe.clicks.at(-1)?.at ?? 0);
    delays.push(silentAt - clickedAt);
    await expect(ben.meeting.tile('Ada')).toHaveAccessibleName(/muted|microphone off/i);

    await ada.meeting.microphone().click();
    await expectHeard(ben.page, [ada.identity]);
    await expect(ben.meeting.tile('Ada')).not.toHaveAccessibleName(/muted|microphone off/i);
  }

  const typical = median(delays);
  const buffered = await jitterBufferMs(ben.page);
  console.log(
    `mute → silence at the others, median of ${String(ROUNDS)}: ${typical.toFixed(0)} ms ` +
      `(limit ${String(LIMIT_MS)}; all: ${delays.map((delay) => delay.toFixed(0)).join(' ')}; ` +
      `of which the browser's jitter buffer holds ${buffered.toFixed(0)} ms)`,
  );
  expect(Math.min(...delays)).toBeGreaterThan(0);
  expect(typical).toBeLessThanOrEqual(LIMIT_MS);
});

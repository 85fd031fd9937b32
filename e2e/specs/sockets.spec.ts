/**
 * The way to the server is cut while media lives: people go on talking, and what happened meanwhile
 * is there afterwards. The cut page goes through a proxy (`fixtures/cut.ts`); its media does not.
 */
import { ms, tell } from '../assert/figures.ts';
import { expectHeard, expectSeen } from '../assert/media.ts';
import { changeAfter, rosterChanges } from '../assert/roster.ts';
import { isBench } from '../fixtures/bench.ts';
import { Cut } from '../fixtures/cut.ts';
import { expect, type Participant, test } from '../fixtures/test.ts';
import {
  countAnew,
  expectRunning,
  peersOf,
  socketsOf,
  watchedCall,
  worstPicture,
} from '../fixtures/watchedCall.ts';

// Tokens that run out within a long cut; renewed half-way as long as the server is there.
const TOKEN_S = 16;
test.use({
  settings: {
    STREAMFORGE_TIMERS__JOIN_TOKEN_S: String(TOKEN_S),
    STREAMFORGE_TIMERS__TOKEN_EXPIRING_NOTICE_S: String(TOKEN_S / 2),
  },
});

/** A ping each 5 s, missed after 5 s: when either side must have noticed. */
const NOTICED_MS = 10_000;

interface Scenario {
  readonly mode: 'refused' | 'silent';
  readonly seconds: number;
}

// 18 s in silence: noticed, held for longer than a seat without media, and longer than a token.
const SCENARIOS: readonly Scenario[] = isBench
  ? [
      { mode: 'refused', seconds: 5 },
      { mode: 'refused', seconds: 40 },
      { mode: 'silent', seconds: 5 },
      { mode: 'silent', seconds: 40 },
    ]
  : [
      { mode: 'refused', seconds: 5 },
      { mode: 'silent', seconds: 18 },
    ];

/** How many tokens a page has asked for. */
function tokensOf({ requested }: Participant): number {
  return requested.filter((url) => /\/access(\/|$)/.test(new URL(url).pathname)).length;
}

/** Mutes `ada` and tells how long `ben` still heard her. */
async function silenceAfterMute(ada: Participant, ben: Participant): Promise<number> {
  const silence = ben.page.evaluate(
    (tone) => window.mediaProbe.silentSince(tone),
    ada.identity.tone,
  );
  await ada.meeting.microphone().click();
  await expect(ada.meeting.tile('Ada')).toHaveAccessibleName(/muted/);
  const clicked = await ada.page.evaluate(() => window.mediaProbe.clicks.at(-1)?.at ?? 0);
  return (await silence) - clicked;
}

for (const { mode, seconds } of SCENARIOS) {
  const name = `socket ${mode} for ${String(seconds)} s`;

  test(`${name}: media goes on and nothing is missed`, async ({ server, participant }) => {
    test.setTimeout(120_000 + seconds * 1_000);
    const slug = await server.createRoom('Cut socket');
    const cut = await Cut.start(server.url);
    try {
      const call = await watchedCall(participant, slug, [cut.url, undefined]);
      const [ada, ben] = call as [Participant, Participant];
      for (const { meeting } of call) await meeting.chat().click();
      const cleo = await participant(2);
      await cleo.prejoin.open(server.url, slug);
      await cleo.prejoin.waitForPreview();
      const peers = await peersOf(ada);
      await countAnew(call);

      const began = Date.now();
      const sockets = socketsOf(ada);
      if (mode === 'refused') await cut.close();
      else cut.fallSilent();

      const muted = await silenceAfterMute(ada, ben);
      tell(`${name}, own mute → silence at another`, ms(muted), '200 ms');
      await ben.meeting.say('Are you there?');
      await ada.meeting.say('I am cut off');
      await cleo.prejoin.joinAs('Cleo');
      await cleo.meeting.waitUntilJoined();

      if (mode === 'refused' || seconds * 1_000 > NOTICED_MS) {
        const told = (await changeAfter(ben.page, 'badge', 'Ada', began)) - began;
        tell(`${name}, badge at another`, ms(told), mode === 'silent' ? ms(NOTICED_MS) : '–', '–');
        await expect.poll(() => socketsOf(ada)).toBeGreaterThan(sockets);
        tell(`${name}, tried again by the page`, ms(Date.now() - began), ms(NOTICED_MS), '–');
      }
      await expect
        .poll(() => Date.now() - began, { timeout: seconds * 1_000 + 1_000 })
        .toBeGreaterThan(seconds * 1_000);
      const tokens = tokensOf(ada);
      await cut.mend();
      const mended = Date.now();

      await test.step('what was missed is there, once', async () => {
        for (const { meeting } of call) {
          await expect(meeting.chatLog().getByText('I am cut off')).toHaveCount(1);
          await expect(meeting.chatLog().getByText('Are you there?')).toHaveCount(1);
        }
        tell(`${name}, caught up after`, ms(Date.now() - mended), '3000 ms', '–');
        await expectSeen(ada.meeting.tile('Cleo'), cleo.identity);
        await expectSeen(cleo.meeting.tile('Ada'), ada.identity);
        await expect(cleo.meeting.tile('Ada')).toHaveAccessibleName(/muted/);
        await expect(ben.meeting.tile('Ada')).toHaveAccessibleName(/muted/);
      });

      await test.step('media never stopped', async () => {
        await expectRunning(ada, ben);
        await expectRunning(ben, ada);
        const { stillMs, missing } = await worstPicture(call);
        tell(`${name}, longest time without a new frame`, ms(stillMs), '67 ms', '–');
        tell(`${name}, most frames in a row that were not shown`, String(missing), '0', '–');
        expect(stillMs).toBeLessThan(4_000);
        expect(await peersOf(ada)).toBe(peers);
        expect(muted).toBeGreaterThan(0);
        await ada.meeting.microphone().click();
        await expectHeard(ben.page, [ada.identity, cleo.identity]);
      });

      await test.step('the others saw a badge and nothing else', async () => {
        await expect(ben.page.getByText('Reconnecting', { exact: true })).toHaveCount(0);
        const moves = (await rosterChanges(ben.page)).filter(
          ({ what }) => !what.startsWith('badge'),
        );
        expect(moves.map(({ what, who }) => `${what} ${who}`).sort()).toEqual([
          'came Cleo',
          'notice Cleo joined',
        ]);
        const own = await rosterChanges(ada.page, 'gone');
        expect(own).toEqual([]);
      });

      if (seconds > TOKEN_S) {
        await test.step('the token that ran out was renewed', async () => {
          await expect.poll(() => tokensOf(ada)).toBeGreaterThan(tokens);
        });
      }
    } finally {
      await cut.stop();
    }
  });
}

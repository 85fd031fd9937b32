/** The page keeps to itself: its policy forbids, and it does not try, to reach another origin. */
import { expectSeen } from '../assert/media.ts';
import { expect, test } from '../fixtures/test.ts';
import { HomePage } from '../pages/home.ts';

test('no request leaves the origin, from the first page to a call', async ({
  server,
  participant,
}) => {
  const slug = await server.createRoom('Contained');
  const [ada, ben] = [await participant(0), await participant(1)];
  await new HomePage(ada.page).open(server.url);
  await ada.join(slug);
  await ben.join(slug);
  await expectSeen(ada.meeting.tile('Ben'), ben.identity);
  await ada.meeting.say('Hello');

  for (const { requested, complaints } of [ada, ben]) {
    const hosts = new Set(
      requested
        .map((address) => new URL(address))
        .filter(({ protocol }) => !['blob:', 'data:'].includes(protocol))
        .map(({ host }) => host),
    );
    expect([...hosts]).toEqual([new URL(server.url).host]);
    expect(complaints.filter((text) => /content security policy/i.test(text))).toEqual([]);
  }
});

test('the content security policy has a fresh nonce and nothing unsafe', async ({ server }) => {
  const policies = await Promise.all(
    [0, 1].map(async () => {
      const response = await fetch(`${server.url}/room/anything`);
      return response.headers.get('content-security-policy') ?? '';
    }),
  );

  for (const policy of policies) {
    expect(policy).toMatch(/default-src 'self'/);
    expect(policy).toMatch(/script-src [^;]*'nonce-[\w+/=-]{16,}'/);
    expect(policy).toMatch(/media-src [^;]*blob:/);
    expect(policy).toMatch(/worker-src [^;]*blob:/);
    expect(policy).not.toContain('unsafe-inline');
    expect(policy).not.toMatch(/'unsafe-eval'/);
    expect(policy).not.toMatch(/https?:\/\/(?!127\.0\.0\.1|localhost)/);
  }
  expect(policies[0]).not.toEqual(policies[1]);
});

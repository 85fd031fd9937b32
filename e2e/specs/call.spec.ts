/** Three people in three browsers: who sees and hears whom, through everything that people do. */
import { expectHeard, expectSeen, inbound } from '../assert/media.ts';
import { expect, type Participant, test } from '../fixtures/test.ts';
import { SCREEN } from '../fixtures/sources.ts';
import { expectEverybodyMeets } from '../fixtures/watchedCall.ts';

async function three(
  participant: (n: number) => Promise<Participant>,
  slug: string,
): Promise<[Participant, Participant, Participant]> {
  const people = await Promise.all([0, 1, 2].map((n) => participant(n)));
  for (const person of people) await person.join(slug);
  return people as [Participant, Participant, Participant];
}

test('three people each see and hear the two others', async ({ server, participant }) => {
  const people = await three(participant, await server.createRoom('Three'));

  await expectEverybodyMeets(people);

  for (const { page } of people) {
    expect((await inbound(page, 'video')).framesDecoded).toBeGreaterThan(0);
    expect((await inbound(page, 'audio')).audioEnergy).toBeGreaterThan(0);
  }
});

test('a shared screen reaches everybody with its sound, and goes when it is stopped', async ({
  server,
  participant,
}) => {
  const [ada, ben, cleo] = await three(participant, await server.createRoom('Share'));

  await ada.meeting.share().click();

  for (const { page, meeting, identity } of [ben, cleo]) {
    await expectSeen(meeting.screen(), SCREEN, 320);
    const others = [ada, ben, cleo].map((person) => person.identity).filter((o) => o !== identity);
    await expectHeard(page, [...others, SCREEN]);
  }

  await ada.meeting.share().click();

  await expect(ben.meeting.screen()).toBeHidden();
  await expect(cleo.meeting.screen()).toBeHidden();
  await expectEverybodyMeets([ada, ben, cleo]);
});

test('somebody who leaves is gone, and comes back', async ({ server, participant }) => {
  const slug = await server.createRoom('Return');
  const [ada, ben, cleo] = await three(participant, slug);
  await expectEverybodyMeets([ada, ben, cleo]);

  await cleo.meeting.leaveButton().click();

  for (const { page, meeting } of [ada, ben]) {
    await expect(meeting.tile('Cleo')).toBeHidden();
    const other = page === ada.page ? ben.identity : ada.identity;
    await expectHeard(page, [other]);
  }

  await cleo.join(slug);

  await expectEverybodyMeets([ada, ben, cleo]);
});

test('a chat message arrives at everybody once', async ({ server, participant }) => {
  const people = await three(participant, await server.createRoom('Chat'));
  const [ada, ...others] = people;

  await ada.meeting.say('Shall we begin?');

  for (const { meeting } of others) {
    await meeting.chat().click();
    await expect(meeting.chatLog().getByText('Shall we begin?')).toHaveCount(1);
  }
  await expect(ada.meeting.chatLog().getByText('Shall we begin?')).toHaveCount(1);
});

/** The documented way to create a room, and what it answers. */
import { expect, test } from '../fixtures/test.ts';
import { PrejoinPage } from '../pages/prejoin.ts';

interface Created {
  roomId: string;
  slug: string;
  joinUrl: string;
  adminToken: string;
  warnings: { code: string; feature: string }[];
}

test('a room is created, warns of features that are missing, and shows them as off', async ({
  server,
  participant,
}) => {
  const { status, body } = await server.post('/rooms', {
    name: 'Design review',
    maxParticipants: 25,
    features: { recording: true, chat: true, aiFilters: true },
  });
  const room = body as Created;

  expect(status).toBe(201);
  expect(room.roomId).toMatch(/^room_/);
  expect(new URL(room.joinUrl).pathname).toBe(`/room/${room.slug}`);
  expect(room.adminToken.split('.')).toHaveLength(3);
  expect(room.warnings.toSorted((a, b) => a.feature.localeCompare(b.feature))).toEqual([
    expect.objectContaining({ code: 'feature_unavailable', feature: 'aiFilters' }),
    expect.objectContaining({ code: 'feature_unavailable', feature: 'recording' }),
  ]);

  const read = await fetch(`${server.url}/api/v1/rooms/${room.slug}`);
  expect(await read.json()).toMatchObject({
    roomId: room.roomId,
    name: 'Design review',
    maxParticipants: 25,
    features: { recording: false, chat: true, aiFilters: false },
  });

  const ada = await participant(0);
  await new PrejoinPage(ada.page).open(server.url, room.slug);
  await expect(ada.page.getByText('Design review').first()).toBeVisible();
});

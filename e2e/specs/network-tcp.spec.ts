/** A network that lets no UDP through: media takes TCP. */
import { impairedCall, networkTest as test, pictureAfter } from '../fixtures/impairedCall.ts';
import { expect } from '../fixtures/test.ts';

test('where UDP is blocked, people meet over TCP', async ({ server, participant, network }) => {
  await network.goDark();

  const { ada, ben } = await impairedCall(server, participant, network, { tcp: true });

  await pictureAfter(ada.page, Date.now());
  await pictureAfter(ben.page, Date.now());
  const path = await ada.page.evaluate(async () => {
    const report = (await window.mediaProbe.peers[0]?.getStats()) as unknown as
      Map<string, RTCIceCandidatePairStats & { protocol?: string }> | undefined;
    const entries = [...(report?.values() ?? [])];
    const pair = entries.find((entry) => entry.type === 'candidate-pair' && entry.nominated);
    return report?.get(pair?.localCandidateId ?? '')?.protocol;
  });
  expect(path).toBe('tcp');
  const { up } = await network.counters();
  expect(up.packetsIn, 'UDP was tried').toBeGreaterThan(0);
  expect(up.packetsOut, 'and came to nothing').toBe(0);
});

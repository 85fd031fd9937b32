/** The proofs themselves can fail: a loopback call inside one page, right and wrong. */
import { expect, test } from '@playwright/test';
import { distance, expectHeard, expectSeen, inbound, picture } from '../assert/media.ts';
import { launchBrowser } from '../fixtures/browser.ts';
import { installProbe } from '../fixtures/probe.ts';
import { IDENTITIES, TONES } from '../fixtures/sources.ts';

const [ada, ben] = IDENTITIES as [(typeof IDENTITIES)[0], (typeof IDENTITIES)[0]];

/** Sends the page's own camera and microphone through two peer connections into a <video>. */
async function callOneself(): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const [out, back] = [new RTCPeerConnection(), new RTCPeerConnection()];
  out.onicecandidate = ({ candidate }) => void back.addIceCandidate(candidate ?? undefined);
  back.onicecandidate = ({ candidate }) => void out.addIceCandidate(candidate ?? undefined);
  const received = new MediaStream();
  back.ontrack = ({ track }) => received.addTrack(track);
  for (const track of stream.getTracks()) out.addTrack(track, stream);
  await out.setLocalDescription();
  await back.setRemoteDescription(out.localDescription as RTCSessionDescription);
  await back.setLocalDescription();
  await out.setRemoteDescription(back.localDescription as RTCSessionDescription);
  const video = document.createElement('video');
  video.srcObject = received;
  document.body.append(video);
  await video.play();
}

test('who is seen and heard is told by colour and tone', async () => {
  const browser = await launchBrowser(ada);
  try {
    const page = await browser.newPage();
    await page.addInitScript(installProbe, TONES);
    await page.route('http://127.0.0.1/', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>loopback</title>' }),
    );
    await page.goto('http://127.0.0.1/');

    await page.evaluate(callOneself);

    const tile = page.locator('body');
    await expectSeen(tile, ada);
    await expectHeard(page, [ada]);
    const seen = await picture(tile);
    expect(distance(seen?.colour ?? [0, 0, 0], ben.colour)).toBeGreaterThan(100);
    expect((await inbound(page, 'video')).framesDecoded).toBeGreaterThan(0);
    expect((await inbound(page, 'audio')).audioEnergy).toBeGreaterThan(0);

    await page.locator('video').evaluate((video: HTMLVideoElement) => {
      video.muted = true;
    });
    await expectHeard(page, []);
  } finally {
    await browser.close();
  }
});

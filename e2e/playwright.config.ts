/** One browser run at a time: media on two cores is honest only when nothing else competes. */
import { defineConfig } from '@playwright/test';
import { isBench } from './fixtures/bench.ts';

const onCi = process.env['CI'] === 'true';

function testDir(): string {
  // The pictures of the documentation are taken by `make screenshots`, not by every test run.
  if (process.env['STREAMFORGE_SCREENSHOTS'] === 'yes') return 'screenshots';
  return isBench ? '.' : 'specs';
}

export default defineConfig({
  testDir: testDir(),
  // Figures of faults come from the same scenarios in full length: `make bench-e2e`.
  testMatch: isBench ? /(specs\/(faults|sockets|churn)|bench\/)[^/]*\.spec\.ts$/ : /\.spec\.ts$/,
  outputDir: 'results',
  fullyParallel: false,
  workers: 1,
  forbidOnly: onCi,
  // A second try is reported as flaky, so that it is seen and does not hide.
  retries: onCi ? 1 : 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
});

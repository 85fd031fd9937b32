/** One browser run at a time: media on two cores is honest only when nothing else competes. */
import { defineConfig } from '@playwright/test';
import { isBench } from './fixtures/bench.ts';

const onCi = process.env['CI'] === 'true';

export default defineConfig({
  // The pictures of the documentation are taken by `make screenshots`, not by every test run.
  testDir: process.env['STREAMFORGE_SCREENSHOTS'] === 'yes' ? 'screenshots' : 'specs',
  // Figures of faults come from the same scenarios in full length: `make bench-e2e`.
  testMatch: isBench ? /(faults|sockets|churn)[^/]*\.spec\.ts$/ : /\.spec\.ts$/,
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

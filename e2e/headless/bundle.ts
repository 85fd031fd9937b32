/** Serves `page.ts` on the server's own origin, as a site that embeds the SDK would. */
import type { BrowserContext, Page } from '@playwright/test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ENTRY = join(dirname(fileURLToPath(import.meta.url)), 'page.ts');
const PATH = '/headless';

let bundled: Promise<string> | undefined;

async function bundle(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: ENTRY, formats: ['es'], fileName: 'headless' },
    },
  });
  const outputs = Array.isArray(result) ? result : [result];
  return outputs
    .flatMap((one) => ('output' in one ? one.output : []))
    .map((chunk) => ('code' in chunk ? chunk.code : ''))
    .join('\n');
}

/** A page of this context with `window.headless`. */
export async function headlessPage(context: BrowserContext, serverUrl: string): Promise<Page> {
  bundled ??= bundle();
  const code = await bundled;
  const page = await context.newPage();
  await page.route(`${serverUrl}${PATH}.js`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: code }),
  );
  await page.route(`${serverUrl}${PATH}`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>headless</title><script type="module" src="${PATH}.js"></script>`,
    }),
  );
  await page.goto(`${serverUrl}${PATH}`);
  await page.waitForFunction(() => 'headless' in window);
  return page;
}

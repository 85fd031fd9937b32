/**
 * Prints what the SDK costs a page, minified and gzipped, and fails above the budget.
 *
 * The whole client is measured with its one dependency. `devices` must reach neither the socket nor
 * WebRTC: it is what a preview loads before anybody joins.
 */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const ENTRIES = [
  { name: '@streamforge/client', file: 'src/index.ts', budgetKb: 60, forbidden: [] },
  {
    name: '@streamforge/client/devices',
    file: 'src/devices.ts',
    budgetKb: 6,
    forbidden: ['socket.io', 'engine.io', 'RTCPeerConnection'],
  },
];

async function bundle(file) {
  const result = await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      minify: true,
      lib: { entry: file, formats: ['es'], fileName: 'bundle' },
    },
  });
  const [{ output }] = Array.isArray(result) ? result : [result];
  return output.map((chunk) => ('code' in chunk ? chunk.code : '')).join('\n');
}

let failed = false;
for (const { name, file, budgetKb, forbidden } of ENTRIES) {
  const code = await bundle(file);
  const kb = gzipSync(code, { level: 9 }).length / 1000;
  const reached = forbidden.filter((word) => code.includes(word));
  if (kb > budgetKb || reached.length > 0) failed = true;
  const reach = reached.length > 0 ? `, reaches ${reached.join(', ')}` : '';
  console.warn(`${name}: ${kb.toFixed(1)} kB gzip (budget ${budgetKb})${reach}`);
}
process.exitCode = failed ? 1 : 0;

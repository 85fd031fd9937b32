/**
 * Prints what a browser downloads before prejoin and with the meeting, gzip, against the goals of the design.
 * Reads the built page; a missed goal is said, never hidden, and does not fail.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const GOALS_KB = { prejoin: 120, meeting: 200 };
const built = join(dirname(fileURLToPath(import.meta.url)), '../../backend/streamforge/web/ui');
const assets = readdirSync(join(built, 'assets')).filter((name) => name.endsWith('.js'));
const page = readFileSync(join(built, 'index.html'), 'utf8');

const kilobytes = (name) => gzipSync(readFileSync(join(built, 'assets', name))).length / 1000;
const sum = (names) => names.reduce((total, name) => total + kilobytes(name), 0);
const first = assets.filter((name) => page.includes(name));

for (const name of assets) console.log(`${kilobytes(name).toFixed(1).padStart(7)} kB  ${name}`);
report('JS before prejoin', sum(first), GOALS_KB.prejoin);
report('JS with the meeting', sum(assets), GOALS_KB.meeting);

function report(what, measured, goal) {
  const verdict = measured <= goal ? 'met' : 'MISSED';
  console.log(`${what}: ${measured.toFixed(1)} kB gzip, goal ${goal} kB, ${verdict}`);
}

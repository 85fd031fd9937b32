/** Every code that the server or the SDK can raise has words, and no words stay behind for a code that is gone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CODES } from '@streamforge/client';
import { describe, expect, it } from 'vitest';
import messages from '../../src/i18n/en.json';
import { GROUPED_ERRORS, errorText } from '../../src/i18n/errors';

/** Codes of devices; what is wrong with which device is said by a `trouble.` message. */
const DEVICE_CODES: readonly string[] = [
  CODES.insecureContext,
  CODES.permissionDenied,
  CODES.deviceNotFound,
  CODES.deviceInUse,
  CODES.deviceLost,
  CODES.deviceFailed,
];
/** Codes that nobody is told: a closed picker is an own choice, and a menu that does not work is not shown. */
const SILENT_CODES: readonly string[] = [CODES.shareCancelled, CODES.outputUnsupported];

const serverCodes = registeredCodes();
const allCodes = new Set([...serverCodes, ...Object.values(CODES)]);
const ownWords = keysOf('error.');
const troubles = keysOf('trouble.');
const toldCodes = [...allCodes].filter(
  (code) => !DEVICE_CODES.includes(code) && !SILENT_CODES.includes(code),
);

function registeredCodes(): string[] {
  const file = join(import.meta.dirname, '../../../backend/streamforge/core/errors.py');
  const registry = readFileSync(file, 'utf8').split('ERRORS: Final')[1] ?? '';
  return [...registry.matchAll(/"([a-z_]+)": "/gu)].map((match) => match[1] ?? '');
}

function keysOf(prefix: string): string[] {
  return Object.keys(messages)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}

describe('words of error codes', () => {
  it('reads the whole registry of the server', () => {
    expect(serverCodes).toEqual(expect.arrayContaining(['bad_json', 'room_full', 'internal']));
    expect(serverCodes).toEqual(expect.arrayContaining(['method_not_allowed', 'worker_lost']));
    expect(new Set(serverCodes).size).toBe(serverCodes.length);
  });

  it.each(toldCodes)('has words for %s, in exactly one place', (code) => {
    expect(Number(ownWords.includes(code)) + Number(GROUPED_ERRORS.has(code))).toBe(1);
  });

  it.each(DEVICE_CODES)('says what is wrong with which device on %s', (code) => {
    expect(troubles).toContain(code);
  });

  it('has no words for a code that is gone', () => {
    const told = [...ownWords, ...GROUPED_ERRORS.keys()];
    expect(told.filter((code) => !toldCodes.includes(code))).toEqual([]);
    expect(troubles.filter((code) => !DEVICE_CODES.includes(code))).toEqual([]);
  });

  it('tells a code of a newer server like an internal one', () => {
    expect(errorText('code_of_tomorrow')).toBe(errorText('internal'));
  });
});

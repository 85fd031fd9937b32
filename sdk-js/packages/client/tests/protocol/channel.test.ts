import { describe, expect, it } from 'vitest';
import { readChannelMessage, writeWant, type Want } from '../../src/protocol/channel';
import { definition, propertiesOf, sample, workerSchema } from './workerSchema';

describe('the sfu channel', () => {
  it('reads what it needs and ignores fields of a later version', () => {
    const text = JSON.stringify({
      v: 1,
      type: 'speakers',
      speakers: [{ participantId: 'a', level: 3, mood: 'x' }],
      more: 1,
    });
    expect(readChannelMessage(text)).toEqual({
      type: 'speakers',
      speakers: [{ participantId: 'a', level: 3 }],
    });
  });

  it('passes over messages of another kind or major version', () => {
    expect(readChannelMessage('{"v":1,"type":"weather"}')).toBeNull();
    expect(readChannelMessage('{"v":2,"type":"speakers","speakers":[]}')).toBeNull();
    expect(readChannelMessage('{"v":1,"type":"toString"}')).toBeNull();
  });

  it('refuses what is no message', () => {
    for (const text of [
      '',
      'null',
      '7',
      '[]',
      '{"v":1}',
      '{"v":1,"type":"speakers","speakers":7}',
      '{',
    ]) {
      expect(() => readChannelMessage(text)).toThrow();
    }
  });

  it('keeps the slots that it can read', () => {
    const good = { mid: '5', kind: 'video', participantId: null, source: null, encrypted: false };
    const text = JSON.stringify({ v: 1, type: 'slots', slots: [{ mid: 5 }, good] });
    expect(readChannelMessage(text)).toMatchObject({ slots: [{ mid: '5' }] });
  });
});

const schema = workerSchema();

describe.skipIf(schema === null)('against the types of the media worker', () => {
  const root = schema ?? {};

  it('every message of the worker is read', () => {
    const variants = definition(root, 'ServerMessage').oneOf ?? [];
    expect(variants.length).toBeGreaterThan(0);
    for (const variant of variants) {
      const message = { v: 1, ...(sample(root, variant) as object) };
      expect(readChannelMessage(JSON.stringify(message)), JSON.stringify(message)).not.toBeNull();
    }
  });

  it('every field of a want is one that the worker knows', () => {
    const slot = {
      mid: '5',
      participantId: 'a',
      source: 'camera',
      width: 1,
      height: 1,
      priority: 1,
    } as const;
    const wants: Want[] = [
      { revision: 1, mode: 'auto', width: 1, height: 1 },
      { revision: 2, mode: 'explicit', slots: [slot] },
    ];
    const known = propertiesOf(root, definition(root, 'Want')).add('v').add('type');
    for (const want of wants) {
      for (const field of Object.keys(JSON.parse(writeWant(want)) as object))
        expect(known).toContain(field);
    }
    expect([...propertiesOf(root, definition(root, 'SlotWant'))].sort()).toEqual(
      Object.keys(slot).sort(),
    );
  });
});

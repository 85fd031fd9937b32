import { describe, expect, it } from 'vitest';
import { browserFamily } from '../../src/lib/browser';
import { hueOf, initialsOf } from '../../src/lib/identity';
import { splitLinks } from '../../src/lib/links';
import { readRoomInput, slugOf } from '../../src/lib/roomKey';
import { formatElapsed } from '../../src/lib/time';

describe('initials', () => {
  it.each([
    ['Ada Lovelace', 'AL'],
    ['ada', 'A'],
    ['  Zoë   van der  Quinn ', 'ZQ'],
    ['Maximiliane Berg (Quality Assurance, Building 7)', 'MB'],
    ['山田 太郎', '山太'],
    ['', '?'],
    ['…', '?'],
  ])('of %j are %j', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });

  it('have a hue that depends on nothing but the id', () => {
    expect(hueOf('ptc_1')).toBe(hueOf('ptc_1'));
    expect(hueOf('ptc_1')).not.toBe(hueOf('ptc_2'));
  });
});

describe('links in a message', () => {
  it('are found without the punctuation behind them', () => {
    expect(splitLinks('See https://example.org/a?b=1, please.')).toEqual([
      { kind: 'text', text: 'See ' },
      { kind: 'link', text: 'https://example.org/a?b=1', href: 'https://example.org/a?b=1' },
      { kind: 'text', text: ', please.' },
    ]);
  });

  it('keep a bracket that belongs to the address', () => {
    const [link] = splitLinks('https://example.org/Mercury_(planet)');

    expect(link).toMatchObject({ text: 'https://example.org/Mercury_(planet)' });
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd'])(
    'are never made of %s',
    (text) => {
      expect(splitLinks(text)).toEqual([{ kind: 'text', text }]);
    },
  );

  it('lose no character of the message', () => {
    const text = 'a https://x.org b http:// c <https://y.org> d';

    expect(
      splitLinks(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  });
});

describe('what is typed on the home screen', () => {
  it.each([
    ['design-review', 'design-review'],
    ['Design Review!', 'design-review'],
    ['https://meet.example.org/room/kmz-pqrt-wxy', 'kmz-pqrt-wxy'],
    ['https://example.org/base/room/a-b?x=1#y', 'a-b'],
    ['  /room/a-b ', 'a-b'],
    ['Besprechung Köln', 'besprechung-köln'],
  ])('%j opens %j', (input, key) => {
    expect(readRoomInput(input)).toEqual({ kind: 'room', key });
  });

  it('says when nothing was typed', () => {
    expect(readRoomInput('  ')).toEqual({ kind: 'empty' });
  });

  it.each(['https://example.org/', '!!!', 'https://example.org/other/x'])('refuses %j', (input) => {
    expect(readRoomInput(input)).toEqual({ kind: 'invalid' });
  });

  it('never makes a slug with a dash at its ends', () => {
    expect(slugOf('--a b--')).toBe('a-b');
  });
});

describe('elapsed time', () => {
  it.each([
    [0, '0:00'],
    [65_000, '1:05'],
    [3_723_000, '1:02:03'],
    [-5, '0:00'],
  ])('of %d ms reads %s', (milliseconds, text) => {
    expect(formatElapsed(milliseconds)).toBe(text);
  });
});

describe('the browser’s family', () => {
  it.each([
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'chrome',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0',
      'edge',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'firefox'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
      'safari',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1',
      'safari-ios',
    ],
    [
      'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36',
      'android',
    ],
  ])('is told apart for the words of its own settings', (userAgent, family) => {
    expect(browserFamily(userAgent)).toBe(family);
  });
});

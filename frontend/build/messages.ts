/**
 * Compiles ICU message catalogues (`src/i18n/*.json`) while bundling, so that no ICU parser is shipped.
 * It does not extract or check messages; the key type of `en.json` does that.
 */
import { compileMessage } from '@lingui/message-utils/compileMessage';
import type { Plugin } from 'vite';

const CATALOGUE = /\/src\/i18n\/[\w-]+\.json$/;

export function icuMessages(): Plugin {
  return {
    name: 'streamforge:icu-messages',
    enforce: 'pre',
    transform(code, id) {
      if (!CATALOGUE.test(id)) return null;
      const source = JSON.parse(code) as Record<string, string>;
      const compiled = Object.fromEntries(
        Object.entries(source).map(([key, message]) => [key, compileMessage(message)]),
      );
      return { code: JSON.stringify(compiled), map: null };
    },
  };
}

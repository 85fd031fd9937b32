/**
 * Text of the interface. Messages are ICU, compiled while bundling; English is the source catalogue.
 * Components call `t(key, values)`; a key that is not in `en.json` does not compile.
 */
import { setupI18n } from '@lingui/core';
import messages from './en.json';

export type MessageKey = keyof typeof messages;
export type MessageValues = Readonly<Record<string, string | number | Date>>;

const i18n = setupI18n({ locale: 'en', messages: { en: messages } });

export function t(key: MessageKey, values: MessageValues = {}): string {
  return i18n._(key, values);
}

/** For keys that arrive at run time (error codes): the fall-back is used when the catalogue has no such message. */
export function tOr(key: string, fallback: MessageKey, values: MessageValues = {}): string {
  return i18n._(key in messages ? key : fallback, values);
}

/**
 * A friendly name for a new room, from a small catalogue that can be translated. It need not be unique or secret: the
 * server appends its own random part to the slug. Randomness is an argument.
 */
import { t } from '../../i18n';

/** `random()` is in [0, 1), as Math.random. */
export function roomName(random: () => number = Math.random): string {
  const first = pick(t('home.roomNameFirst'), random);
  const second = pick(t('home.roomNameSecond'), random);
  return t('home.roomName', { first, second });
}

function pick(list: string, random: () => number): string {
  const words = list.split(/,\s*/u);
  return words[Math.floor(random() * words.length)] ?? '';
}

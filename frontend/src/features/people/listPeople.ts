/** Who is listed and in which order. Pure. */
import type { Participant } from '../../session/types';

export function listPeople(
  participants: ReadonlyMap<string, Participant>,
  order: readonly string[],
  selfId: string,
  query: string,
): Participant[] {
  const wanted = fold(query.trim());
  const self = participants.get(selfId);
  const others = order.filter((id) => id !== selfId).flatMap((id) => participants.get(id) ?? []);
  return [...(self === undefined ? [] : [self]), ...others].filter((person) =>
    fold(person.displayName).includes(wanted),
  );
}

/** `Zoë` is found by "zoe": case and accents do not count. */
function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();
}

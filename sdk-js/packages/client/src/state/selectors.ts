/** Questions that every layout asks of the state. Pure; results are as stable as the state. */
import type { MeetingState, Participant, Producer, Source } from '../types';

export function participantsInOrder(state: MeetingState): readonly Participant[] {
  return state.order.flatMap((id) => state.participants.get(id) ?? []);
}

export function producerOf(participant: Participant, source: Source): Producer | null {
  return participant.producers.find((producer) => producer.source === source) ?? null;
}

/** Whether the source is published and not muted. */
export function isLive(participant: Participant, source: Source): boolean {
  return producerOf(participant, source)?.muted === false;
}

/** Before the join nobody knows better. */
export function canPublish(state: MeetingState, source: Source): boolean {
  return state.self?.canPublish.includes(source) ?? true;
}

export function selfParticipant(state: MeetingState): Participant | null {
  return state.self === null ? null : (state.participants.get(state.self.participantId) ?? null);
}

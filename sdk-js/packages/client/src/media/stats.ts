/** Reads a browser's statistics into the SDK's shape. Pure. */
import type { SlotBinding } from '../protocol/channel';
import type { Kind, ReceivedStream, RoomStats, SentStream, Source } from '../types';

type Entry = Readonly<Record<string, unknown>>;

export interface StatsContext {
  readonly at: number;
  readonly binding: (mid: string) => SlotBinding | null;
  readonly sourceOf: (mid: string) => Source | null;
  /** The worker's own estimate of the way down, from the channel. */
  readonly receiveBps: number | null;
}

export const NO_STATS: RoomStats = Object.freeze({
  at: 0,
  roundTripMs: null,
  sendBps: null,
  receiveBps: null,
  protocol: null,
  sent: [],
  received: [],
});

export function readStats(entries: Iterable<Entry>, context: StatsContext): RoomStats {
  const all = [...entries];
  const pair = all.find((one) => one['type'] === 'candidate-pair' && one['nominated'] === true);
  const local = all.find((one) => one['id'] === pair?.['localCandidateId']);
  const roundTrip = pair === undefined ? null : optional(pair, 'currentRoundTripTime');
  return {
    at: context.at,
    roundTripMs: roundTrip === null ? null : Math.round(roundTrip * 1000),
    sendBps: pair === undefined ? null : optional(pair, 'availableOutgoingBitrate'),
    receiveBps: context.receiveBps,
    protocol: local === undefined ? null : word(local, 'protocol'),
    sent: all.flatMap((one) => (one['type'] === 'outbound-rtp' ? sent(one, context) : [])),
    received: all.flatMap((one) => (one['type'] === 'inbound-rtp' ? [received(one, context)] : [])),
  };
}

function sent(entry: Entry, { sourceOf }: StatsContext): SentStream[] {
  const source = sourceOf(word(entry, 'mid'));
  if (source === null) return [];
  return [
    {
      source,
      rid: word(entry, 'rid') || null,
      active: entry['active'] !== false,
      bytes: count(entry, 'bytesSent'),
      packets: count(entry, 'packetsSent'),
      width: count(entry, 'frameWidth'),
      height: count(entry, 'frameHeight'),
      framesPerSecond: count(entry, 'framesPerSecond'),
      limitedBy: word(entry, 'qualityLimitationReason') || 'none',
    },
  ];
}

function received(entry: Entry, { binding }: StatsContext): ReceivedStream {
  const mid = word(entry, 'mid');
  const slot = binding(mid);
  return {
    mid,
    kind: word(entry, 'kind') as Kind,
    participantId: slot?.participantId ?? null,
    source: slot?.source ?? null,
    bytes: count(entry, 'bytesReceived'),
    packets: count(entry, 'packetsReceived'),
    packetsLost: count(entry, 'packetsLost'),
    jitterMs: Math.round(count(entry, 'jitter') * 1000),
    width: count(entry, 'frameWidth'),
    height: count(entry, 'frameHeight'),
    framesDecoded: count(entry, 'framesDecoded'),
    framesPerSecond: count(entry, 'framesPerSecond'),
    concealedSamples: count(entry, 'concealedSamples'),
    totalSamples: count(entry, 'totalSamplesReceived'),
  };
}

function optional(entry: Entry, name: string): number | null {
  const value = entry[name];
  return typeof value === 'number' ? value : null;
}

function count(entry: Entry, name: string): number {
  return optional(entry, name) ?? 0;
}

function word(entry: Entry, name: string): string {
  const value = entry[name];
  return typeof value === 'string' ? value : '';
}

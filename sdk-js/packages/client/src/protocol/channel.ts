/** Messages of the `sfu` data channel: media control between the browser and its media worker. */
import { kind, PROTOCOL, source } from './signaling';
import { lenientList, list, nullable, number, object, oneOf, text, type Shape } from './shape';

export const CHANNEL_LABEL = 'sfu';

export interface WantedSlot {
  readonly mid: string;
  readonly participantId: string;
  readonly source: 'camera' | 'screen';
  readonly width: number;
  readonly height: number;
  readonly priority: number;
}

/** The whole of what is wanted; a later revision replaces an earlier one. */
export type Want =
  | {
      readonly revision: number;
      readonly mode: 'auto';
      readonly width: number;
      readonly height: number;
    }
  | { readonly revision: number; readonly mode: 'explicit'; readonly slots: readonly WantedSlot[] };

const READERS = {
  slots: object({
    slots: lenientList(
      object({ mid: text, kind, participantId: nullable(text), source: nullable(source) }),
    ),
  }),
  speakers: object({ speakers: lenientList(object({ participantId: text, level: number })) }),
  layers: object({
    layers: lenientList(
      object({
        mid: text,
        rid: nullable(text),
        width: number,
        height: number,
        state: oneOf(['active', 'waiting', 'paused', 'starved', 'unsupported'], 'waiting'),
      }),
    ),
  }),
  bandwidth: object({ availableBps: number }),
  'publish-layers': object({ mid: text, rids: list(text) }),
  error: object({ code: text, message: text }),
} as const;

export type ChannelMessageType = keyof typeof READERS;
export type ChannelMessage = {
  [Type in ChannelMessageType]: { readonly type: Type } & Shape<(typeof READERS)[Type]>;
}[ChannelMessageType];
export type SlotBinding = Shape<(typeof READERS)['slots']>['slots'][number];
export type LayerReport = Shape<(typeof READERS)['layers']>['layers'][number];

const envelope = object({ v: number, type: text });

/** Null for a message of a later version or kind; throws BadMessage or SyntaxError for garbage. */
export function readChannelMessage(data: string): ChannelMessage | null {
  const json: unknown = JSON.parse(data);
  const { v, type } = envelope(json);
  if (v !== PROTOCOL || !Object.hasOwn(READERS, type)) return null;
  const known = type as ChannelMessageType;
  return { type: known, ...READERS[known](json, known) } as ChannelMessage;
}

export function writeWant(want: Want): string {
  return JSON.stringify({ v: PROTOCOL, type: 'want', ...want });
}

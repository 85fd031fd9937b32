/**
 * What arrives: slots to participants, as stores that a tile can hold on to.
 *
 * A tile's store outlives slots and peer connections: after a media reset the last picture stays
 * until the new connection says what its slots carry. Participants need not be known to the roster.
 */
import type { LayerReport, SlotBinding } from '../protocol/channel';
import { createStore, type WritableStore } from '../store';
import type { ReadableStore, VideoLayer, VideoSource } from '../types';
import { videoKey } from './slots';

export type TrackOf = (mid: string) => MediaStreamTrack | null;

export class RemoteMedia {
  private readonly tracks = new Map<string, WritableStore<MediaStreamTrack | null>>();
  private readonly layers = new Map<string, WritableStore<VideoLayer | null>>();
  private readonly bindings = new Map<string, SlotBinding & { readonly live: boolean }>();
  private readonly reports = new Map<string, LayerReport>();
  private trackOf: TrackOf = () => null;

  videoTrack(participantId: string, source: VideoSource): ReadableStore<MediaStreamTrack | null> {
    const key = videoKey(participantId, source);
    return kept(this.tracks, key, () => this.trackFor(key));
  }

  videoLayer(participantId: string, source: VideoSource): ReadableStore<VideoLayer | null> {
    const key = videoKey(participantId, source);
    return kept(this.layers, key, () => this.layerFor(key));
  }

  /** A new peer connection; the stores keep their values until its first `slots`. */
  reset(trackOf: TrackOf): void {
    this.trackOf = trackOf;
    this.bindings.clear();
    this.reports.clear();
  }

  onSlots(slots: readonly SlotBinding[]): void {
    for (const slot of slots) {
      const before = this.bindings.get(slot.mid);
      const emptied = slot.participantId === null && before !== undefined;
      // An emptied slot keeps its last picture for the tile it had, until another tile gets it:
      // a stream that pauses for a moment must not flash its tile.
      this.bindings.set(slot.mid, emptied ? { ...before, live: false } : { ...slot, live: true });
      // What is reported of a slot belongs to its former participant.
      this.reports.delete(slot.mid);
    }
    this.publish();
  }

  onLayers(layers: readonly LayerReport[]): void {
    for (const layer of layers) this.reports.set(layer.mid, layer);
    this.publish();
  }

  binding(mid: string): SlotBinding | null {
    const slot = this.bindings.get(mid);
    return slot?.live === true ? slot : null;
  }

  /** Which video each slot carries. */
  heldVideos(): ReadonlyMap<string, string> {
    const held = [...this.bindings.values()].flatMap((slot) => {
      const key = keyOf(slot);
      return key === null ? [] : [[slot.mid, key] as const];
    });
    return new Map(held);
  }

  /** A participant left: nobody will ask for that id again. */
  forget(participantId: string): void {
    for (const stores of [this.tracks, this.layers]) {
      for (const source of ['camera', 'screen'] as const) {
        const key = videoKey(participantId, source);
        stores.get(key)?.set(null);
        stores.delete(key);
      }
    }
  }

  close(): void {
    this.reset(() => null);
    this.publish();
    this.tracks.clear();
    this.layers.clear();
  }

  private publish(): void {
    for (const [key, store] of this.tracks) store.set(this.trackFor(key));
    for (const [key, store] of this.layers)
      store.set(keepEqual(store.getSnapshot(), this.layerFor(key)));
  }

  private midFor(key: string): string | null {
    const slots = [...this.bindings.values()].filter((slot) => keyOf(slot) === key);
    return (slots.find(({ live }) => live) ?? slots[0])?.mid ?? null;
  }

  private trackFor(key: string): MediaStreamTrack | null {
    const mid = this.midFor(key);
    return mid === null ? null : this.trackOf(mid);
  }

  private layerFor(key: string): VideoLayer | null {
    const report = this.reports.get(this.midFor(key) ?? '');
    if (report === undefined) return null;
    const { state, rid, width, height } = report;
    return { state, rid, width, height };
  }
}

function keyOf({ participantId, source }: SlotBinding): string | null {
  if (participantId === null || (source !== 'camera' && source !== 'screen')) return null;
  return videoKey(participantId, source);
}

function keepEqual(before: VideoLayer | null, after: VideoLayer | null): VideoLayer | null {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

function kept<T>(
  stores: Map<string, WritableStore<T>>,
  key: string,
  initial: () => T,
): WritableStore<T> {
  let store = stores.get(key);
  if (store === undefined) {
    store = createStore(initial());
    stores.set(key, store);
  }
  return store;
}

/** Rooms that this browser visited, newest first. Stays on this machine; the server keeps no such list. */
import { createStore, type ReadableStore } from '../lib/store';
import { readEntry, writeEntry } from './preferences';

export interface RecentRoom {
  readonly slug: string;
  readonly name: string;
  readonly visitedAt: number;
}

const KEY = 'sf:recent-rooms:1';
const MAX = 6;

const store = createStore<readonly RecentRoom[]>(readEntry<readonly RecentRoom[]>(KEY, []));

export const recentRooms: ReadableStore<readonly RecentRoom[]> = store;

export function rememberRoom(room: RecentRoom): void {
  const others = store.getSnapshot().filter((other) => other.slug !== room.slug);
  keep([room, ...others].slice(0, MAX));
}

export function clearRecentRooms(): void {
  keep([]);
}

function keep(rooms: readonly RecentRoom[]): void {
  store.set(rooms);
  writeEntry(KEY, rooms);
}

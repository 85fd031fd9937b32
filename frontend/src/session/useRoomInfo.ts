/** The room behind a link, before joining: name, who is there, or why there is none. Keeps asking while it matters. */
import { useCallback, useEffect, useState } from 'react';
import { ApiError, getRoom, type RoomInfo } from './api';

export type RoomLookup =
  | { readonly kind: 'loading' }
  | { readonly kind: 'found'; readonly room: RoomInfo }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'failed'; readonly code: string };

export interface RoomLookupState {
  readonly lookup: RoomLookup;
  readonly retry: () => void;
}

/** Who is already there may change while somebody fixes their hair. */
const REFRESH_MS = 10_000;
const RETRY_MS = 3_000;

export function useRoomInfo(slug: string): RoomLookupState {
  const [lookup, setLookup] = useState<RoomLookup>({ kind: 'loading' });
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => setAttempt((count) => count + 1), []);

  useEffect(() => {
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const next = await lookUp(slug);
      if (!isCurrent) return;
      setLookup(next);
      if (next.kind === 'found') timer = setTimeout(() => void ask(), REFRESH_MS);
      if (next.kind === 'unreachable') timer = setTimeout(() => void ask(), RETRY_MS);
    };
    void ask();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [slug, attempt]);

  return { lookup, retry };
}

async function lookUp(slug: string): Promise<RoomLookup> {
  try {
    return { kind: 'found', room: await getRoom(slug) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'unreachable') return { kind: 'unreachable' };
    if (error.status === 404) return { kind: 'missing' };
    return { kind: 'failed', code: error.code };
  }
}

/** The REST calls that the web UI makes before a meeting. Errors carry the server's stable code. */
import { basePath } from '../lib/basePath';
import { readEntry, writeEntry } from './preferences';

export interface RoomInfo {
  readonly roomId: string;
  readonly slug: string;
  readonly name: string;
  readonly maxParticipants: number;
  readonly participantCount: number;
  readonly participants?: readonly { readonly displayName: string }[];
}

export interface Access {
  readonly token: string;
  readonly expiresAt: number;
  readonly role: string;
}

export class ApiError extends Error {
  constructor(
    /** The problem's stable code, or `unreachable` when no answer came. */
    readonly code: string,
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

const TIMEOUT_MS = 10_000;
const OWNED_KEY = 'sf:owned-rooms:1';

export async function createRoom(name: string): Promise<RoomInfo> {
  interface Created {
    readonly roomId: string;
    readonly slug?: string;
    readonly joinUrl: string;
    readonly adminToken: string;
  }
  const created = await call<Created>('POST', '/rooms', { name });
  const slug = created.slug ?? decodeURIComponent(created.joinUrl.replace(/^.*\/room\//u, ''));
  writeEntry(OWNED_KEY, { ...ownedRooms(), [slug]: created.adminToken });
  return { roomId: created.roomId, slug, name, maxParticipants: 0, participantCount: 0 };
}

export function getRoom(key: string): Promise<RoomInfo> {
  return call<RoomInfo>('GET', `/rooms/${encodeURIComponent(key)}`);
}

/** Whoever made the room on this browser joins as its moderator. */
export async function getAccess(key: string, displayName: string): Promise<Access> {
  const path = `/rooms/${encodeURIComponent(key)}/access`;
  const adminToken = ownedRooms()[key];
  if (adminToken === undefined) return call<Access>('POST', path, { displayName });
  try {
    return await call<Access>('POST', path, { displayName, adminToken });
  } catch (error) {
    // An expired or foreign admin token must not keep anybody out: join as a participant.
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
      return call<Access>('POST', path, { displayName });
    }
    throw error;
  }
}

/** The same subject and rights as `token`, which must still be acceptable, for longer. */
export function renewAccess(key: string, token: string): Promise<Access> {
  return call<Access>('POST', `/rooms/${encodeURIComponent(key)}/access/renew`, undefined, token);
}

function ownedRooms(): Readonly<Record<string, string>> {
  return readEntry<Record<string, string>>(OWNED_KEY, {});
}

async function call<T>(
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  token?: string,
): Promise<T> {
  const response = await send(method, path, body, token);
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as T;
  const problem = (answer ?? {}) as { code?: string; detail?: string; title?: string };
  throw new ApiError(
    problem.code ?? (response.status >= 500 ? 'unreachable' : 'internal'),
    response.status,
    problem.detail ?? problem.title ?? response.statusText,
  );
}

async function send(
  method: string,
  path: string,
  body: unknown,
  token: string | undefined,
): Promise<Response> {
  try {
    return await fetch(`${basePath}/api/v1${path}`, {
      method,
      headers: {
        Accept: 'application/json',
        'Content-Type': 'application/json',
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new ApiError('unreachable', 0, error instanceof Error ? error.message : String(error));
  }
}

/** Makes the SDK's room for a page. This is the only way into WebRTC; load it by import() from prejoin. */
import { createRoom, StreamForgeError } from '@streamforge/client';
import { basePath } from '../lib/basePath';
import { ApiError, getAccess, renewAccess } from './api';
import type { LocalMedia, Room } from './types';

export interface RoomRequest {
  readonly slug: string;
  readonly local: LocalMedia;
}

export interface PageRoom {
  readonly room: Room;
  /** Asks the server for access under this name, then takes the seat. */
  enter(displayName: string): Promise<void>;
}

export function openRoom({ slug, local }: RoomRequest): PageRoom {
  let first = '';
  const room = createRoom({
    serverUrl: `${location.origin}${basePath}`,
    roomId: slug,
    local,
    token: (current) => (current === null ? Promise.resolve(first) : renewed(slug, current)),
  });
  return {
    room,
    enter: async (displayName) => {
      first = (await getAccess(slug, displayName)).token;
      await room.join({ displayName });
    },
  };
}

/** The same person with the same rights for longer: a new access would be somebody else to the server. */
async function renewed(slug: string, current: string): Promise<string> {
  try {
    return (await renewAccess(slug, current)).token;
  } catch (error) {
    // Without an answer the SDK tries again; a refusal is told to the person in its own words.
    throw error instanceof ApiError ? new StreamForgeError(error.code, error.message) : error;
  }
}

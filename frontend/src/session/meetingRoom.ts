/** Makes the SDK's room for a page. This is the only way into WebRTC; load it by import() from prejoin. */
import { createRoom } from '@streamforge/client';
import { basePath } from '../lib/basePath';
import { getAccess } from './api';
import type { LocalMedia, Room } from './types';

export interface RoomRequest {
  readonly slug: string;
  readonly displayName: string;
  readonly local: LocalMedia;
  /** The token that prejoin got; later ones are asked for when needed. */
  readonly firstToken: string;
}

export function openRoom({ slug, displayName, local, firstToken }: RoomRequest): Room {
  let unused: string | null = firstToken;
  return createRoom({
    serverUrl: `${location.origin}${basePath}`,
    roomId: slug,
    displayName,
    local,
    token: async () => {
      const token = unused ?? (await getAccess(slug, displayName)).token;
      unused = null;
      return token;
    },
  });
}

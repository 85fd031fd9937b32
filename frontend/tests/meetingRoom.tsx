/** A meeting with the SDK's fake room, for component tests. */
import {
  createFakeLocal,
  createFakeRoom,
  fakeParticipant,
  type FakeRoom,
} from '@streamforge/client/testing';
import { render, type RenderResult } from '@testing-library/react';
import type { ReactElement } from 'react';
import { RoomProvider } from '../src/session/RoomContext';
import type { Participant } from '../src/session/types';
import { TooltipProvider } from '../src/ui/Tooltip';

export const SELF = person('ptc_self', { displayName: 'Ada Lovelace', role: 'moderator' });

export function person(participantId: string, change: Partial<Participant> = {}): Participant {
  return fakeParticipant({
    participantId,
    producers: [
      { producerId: `${participantId}_m`, source: 'microphone', kind: 'audio', muted: false },
      { producerId: `${participantId}_c`, source: 'camera', kind: 'video', muted: true },
    ],
    ...change,
  });
}

export function meetingWith(...others: readonly Participant[]): FakeRoom {
  const room = createFakeRoom(
    {
      phase: 'joined',
      self: {
        participantId: SELF.participantId,
        displayName: SELF.displayName,
        role: SELF.role,
        canPublish: ['microphone', 'camera', 'screen', 'screen-audio'],
      },
      startedAt: 0,
      room: {
        roomId: 'room_1',
        meetingId: 'mtg_1',
        name: 'Design review',
        slug: 'design-review',
        maxParticipants: 100,
        features: {},
      },
    },
    { local: createFakeLocal() },
  );
  room.setParticipants([SELF, ...others]);
  return room;
}

export function renderInMeeting(room: FakeRoom, element: ReactElement): RenderResult {
  return render(element, {
    wrapper: ({ children }) => (
      <TooltipProvider>
        <RoomProvider room={room}>{children}</RoomProvider>
      </TooltipProvider>
    ),
  });
}

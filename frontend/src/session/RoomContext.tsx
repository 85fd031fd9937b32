/** Gives the meeting's room to features, and reads it by selectors so that a change renders only what shows it. */
import { createContext, useContext, type ReactNode } from 'react';
import { useSelector, useStore } from '../lib/store';
import type { MeetingState, Participant, Room, VideoSource } from './types';

const RoomContext = createContext<Room | null>(null);

export interface RoomProviderProps {
  readonly room: Room;
  readonly children: ReactNode;
}

export function RoomProvider({ room, children }: RoomProviderProps) {
  return <RoomContext value={room}>{children}</RoomContext>;
}

export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (room === null) throw new Error('useRoom outside of RoomProvider');
  return room;
}

export function useMeeting<Part>(select: (state: MeetingState) => Part): Part {
  return useSelector(useRoom().state, select);
}

export function useParticipant(participantId: string): Participant | null {
  return useMeeting((state) => state.participants.get(participantId) ?? null);
}

export function useVideoTrack(participantId: string, source: VideoSource): MediaStreamTrack | null {
  return useStore(useRoom().videoTrack(participantId, source));
}

/** Whether token and room let oneself send this. */
export function useMayPublish(source: 'microphone' | 'camera' | 'screen'): boolean {
  return useMeeting((state) => state.self?.canPublish.includes(source) ?? true);
}

/** Whether somebody is heard or seen. One's own devices speak for themselves: they obey without the server, too. */
export function useSending(participantId: string, source: 'microphone' | 'camera'): boolean {
  const isSelf = useMeeting((state) => state.self?.participantId === participantId);
  const isOn = useSelector(
    useRoom().local[source].state,
    ({ status }) => isSelf && status === 'on',
  );
  const mayPublish = useMayPublish(source);
  const isTold = isSending(useParticipant(participantId), source);
  return isSelf ? isOn && mayPublish : isTold;
}

/** Whether this producer is there and sends: a muted camera is a camera that is off. */
export function isSending(participant: Participant | null, source: string): boolean {
  return participant?.producers.some((it) => it.source === source && !it.muted) ?? false;
}

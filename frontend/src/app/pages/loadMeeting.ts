/** Fetches everything that only a meeting needs, WebRTC included, once. A failed fetch may be tried again. */
import type { MeetingScreenComponent } from '../meeting/MeetingScreen';
import type { openRoom as OpenRoom } from '../../session/meetingRoom';

export interface MeetingCode {
  readonly MeetingScreen: MeetingScreenComponent;
  readonly openRoom: typeof OpenRoom;
}

let loading: Promise<MeetingCode> | null = null;

export function loadMeeting(): Promise<MeetingCode> {
  loading ??= fetchMeeting().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function fetchMeeting(): Promise<MeetingCode> {
  const [{ MeetingScreen }, { openRoom }] = await Promise.all([
    import('../meeting/MeetingScreen'),
    import('../../session/meetingRoom'),
  ]);
  return { MeetingScreen, openRoom };
}

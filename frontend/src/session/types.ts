/** The SDK's types, for features: only session/ imports the SDK itself. */
export type {
  ChatEntry,
  Connection,
  Device,
  Failure,
  LocalMedia,
  LocalSource,
  LocalSourceState,
  MeetingState,
  Participant,
  Producer,
  Room,
  SourceStatus,
  Speaker,
  VideoLayer,
  VideoSource,
  WantedVideo,
} from '@streamforge/client';
export type { ReadableStore } from '../lib/store';

/** The one error that the SDK throws: a stable code, and words for a log. */
import type { Failure } from './types';

export class StreamForgeError extends Error {
  override readonly name = 'StreamForgeError';

  constructor(
    readonly code: string,
    message: string,
    /** From the server's rate limits: not before this many milliseconds. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(message);
  }
}

/** Codes that the SDK itself makes; the server's codes pass through unchanged. */
export const CODES = {
  timeout: 'timeout',
  unreachable: 'unreachable',
  cancelled: 'cancelled',
  alreadyJoined: 'already_joined',
  notJoined: 'not_joined',
  unsupported: 'unsupported_browser',
  insecureContext: 'insecure_context',
  permissionDenied: 'permission_denied',
  deviceNotFound: 'device_not_found',
  deviceInUse: 'device_in_use',
  deviceLost: 'device_lost',
  deviceFailed: 'device_failed',
  shareCancelled: 'share_cancelled',
  mediaFailed: 'media_failed',
  badAnswer: 'bad_answer',
  chatEmpty: 'chat_empty',
  chatTooLong: 'chat_too_long',
  outputUnsupported: 'output_unsupported',
} as const;

export function asFailure(error: unknown): Failure {
  if (error instanceof StreamForgeError) return { code: error.code, message: error.message };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

/**
 * Words for error codes. A code that a person can meet has a message of its own in the catalogue; the others are
 * grouped by what the person can do, because "bad_sdp" and "unknown_command" ask the same of them.
 */
import { t, type MessageKey } from './index';
import messages from './en.json';

/** This page and the server disagree: a defect of ours or a page of another version. Reloading is the cure. */
const PAGE_FAULTS = [
  'already_joined',
  'bad_answer',
  'bad_json',
  'bad_message',
  'bad_sdp',
  'binary_refused',
  'body_too_large',
  'chat_empty',
  'cursor_invalid',
  'duplicate_source',
  'hello_required',
  'idempotency_in_flight',
  'idempotency_key_invalid',
  'idempotency_mismatch',
  'idempotency_unreadable',
  'joining',
  'message_too_large',
  'method_not_allowed',
  'not_joined',
  'other_worker',
  'producer_not_found',
  'router_not_found',
  'sdp_too_large',
  'stale_transport',
  'token_missing',
  'too_many_media_lines',
  'transport_exists',
  'transport_not_found',
  'unknown_command',
  'unknown_source',
  'unsupported_media_type',
] as const;

/** Only whoever runs the server can mend it, mostly before the server has started. */
const OPERATOR_FAULTS = [
  'already_running',
  'certificate_invalid',
  'database_too_new',
  'metrics_forbidden',
  'port_unavailable',
  'runtime_dir_unusable',
  'settings_invalid',
  'stale_epoch',
  'token_keys_invalid',
  'ui_not_built',
  'worker_binary_missing',
] as const;

export const GROUPED_ERRORS: ReadonlyMap<string, MessageKey> = new Map<string, MessageKey>([
  ...PAGE_FAULTS.map((code) => [code, 'errors.page'] as const),
  ...OPERATOR_FAULTS.map((code) => [code, 'errors.operator'] as const),
]);

/** What happened and what to do. A code of a newer server, unknown here, is told like an internal one. */
export function errorText(code: string): string {
  const own = `error.${code}`;
  if (own in messages) return t(own as MessageKey);
  return t(GROUPED_ERRORS.get(code) ?? 'error.internal');
}

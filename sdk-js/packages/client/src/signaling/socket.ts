/** The socket that signaling needs, and Socket.IO as the one that browsers use. */
import { io } from 'socket.io-client';

export interface ConnectError {
  readonly message: string;
  /** What the server attached when it refused the connection. */
  readonly data: unknown;
}

export interface SocketHandlers {
  readonly connected: () => void;
  readonly refused: (error: ConnectError) => void;
  readonly lost: (reason: string) => void;
  readonly event: (name: string, data: unknown) => void;
}

/** One connection; it never comes back by itself. A closed one calls no handler any more. */
export interface Socket {
  emit(name: string, payload: unknown, acknowledge: (reply: unknown) => void): void;
  close(): void;
}

export type OpenSocket = (
  serverUrl: string,
  auth: Readonly<Record<string, unknown>>,
  handlers: SocketHandlers,
) => Socket;

/** A connection attempt that takes longer is given up; the next one starts afresh. */
const CONNECT_TIMEOUT_MS = 8_000;

/**
 * Socket.IO's own reconnection is off: resuming a seat needs to know each connection. A half-open
 * connection is noticed by Engine.IO when the server's ping (5 s) is 5 s overdue.
 */
export const openSocket: OpenSocket = (serverUrl, auth, handlers) => {
  const { origin, pathname } = new URL(serverUrl, globalThis.location.href);
  const socket = io(origin, {
    path: `${pathname.replace(/\/+$/, '')}/socket.io`,
    auth,
    forceNew: true,
    reconnection: false,
    timeout: CONNECT_TIMEOUT_MS,
    // WebSocket first saves the round trip of an upgrade; polling is for proxies that break it.
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
  });
  socket.on('connect', handlers.connected);
  socket.on('connect_error', (error: Error & { data?: unknown }) =>
    handlers.refused({ message: error.message, data: error.data }),
  );
  socket.on('disconnect', handlers.lost);
  socket.onAny(handlers.event);
  return {
    emit: (name, payload, acknowledge) => {
      socket.emit(name, payload, acknowledge);
    },
    close: () => {
      socket.off();
      socket.offAny();
      socket.disconnect();
    },
  };
};

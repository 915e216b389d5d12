import { LIMITS } from "../protocol/mod.ts";

/** Bounds of a server that whoever runs it may set; defaults and reasons are those of `protocol/limits.ts`. */
export interface ServerLimits {
  /** Connections open at once; further ones get HTTP 503. */
  readonly maxConnections: number;
  /** Sessions, attached and detached; further ones are refused. */
  readonly maxSessions: number;
  /** Processes of one session that are not closed; further ones are refused. */
  readonly maxProcesses: number;
  /** Bytes of output one session retains; the oldest of closed processes go first. */
  readonly maxRetainedBytes: number;
  /** Requests of one connection that run at once; further ones wait unread. */
  readonly maxInFlightRequests: number;
  /** Bytes of one message; a longer one is refused and ends a websocket. */
  readonly maxMessageBytes: number;
  /** Open file handles of one connection; further ones are refused. */
  readonly maxFileHandles: number;
  /** Streamed HTTP responses of one connection; further ones are refused. */
  readonly maxHttpStreams: number;
  /** Sandbox helpers kept while nobody uses them; the least recently used ends. */
  readonly maxHelpers: number;
}

/** Bounds of a server that sets none. */
export const DEFAULT_LIMITS: ServerLimits = {
  maxConnections: LIMITS.maxConnections,
  maxSessions: LIMITS.maxSessions,
  maxProcesses: LIMITS.maxProcesses,
  maxRetainedBytes: LIMITS.maxRetainedBytes,
  maxInFlightRequests: LIMITS.maxInFlightRequests,
  maxMessageBytes: LIMITS.maxMessageBytes,
  maxFileHandles: LIMITS.maxFileHandles,
  maxHttpStreams: LIMITS.maxHttpStreams,
  maxHelpers: LIMITS.maxHelpers,
};

/**
 * Error codes that cross the wire.
 *
 * Source: exec-server protocol, section 5.6.
 */
export const ErrorCode = {
  /** Unparsable frame, handshake order, unknown process or session, refused file operations. */
  InvalidRequest: -32600,
  /** The method does not exist or is not offered by this server. */
  MethodNotFound: -32601,
  /** The parameters cannot be decoded. */
  InvalidParams: -32602,
  /** Failed starts, failed stdin writes and all other I/O errors. */
  Internal: -32603,
  /** A file or a file handle does not exist. */
  NotFound: -32004,
  /** The session to resume is attached to another connection. */
  SessionAttached: -32010,
} as const;

/** One of the values of {@linkcode ErrorCode}, or a code of a newer peer. */
export type ErrorCodeValue = number;

/** A failure that is answered over the wire: its code and message are sent as they are. */
export class RpcError extends Error {
  /** The JSON-RPC error code. */
  readonly code: ErrorCodeValue;

  /** An error for the wire. @param code one of {@linkcode ErrorCode}; @param message the text sent to the peer; @param options the cause */
  constructor(code: ErrorCodeValue, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RpcError";
    this.code = code;
  }
}

/** An {@linkcode RpcError} with code -32600. */
export function invalidRequest(message: string): RpcError {
  return new RpcError(ErrorCode.InvalidRequest, message);
}

/** An {@linkcode RpcError} with code -32602. */
export function invalidParams(message: string): RpcError {
  return new RpcError(ErrorCode.InvalidParams, message);
}

/** An {@linkcode RpcError} with code -32603. */
export function internalError(message: string, options?: ErrorOptions): RpcError {
  return new RpcError(ErrorCode.Internal, message, options);
}

/** An {@linkcode RpcError} with code -32004. */
export function notFound(message: string): RpcError {
  return new RpcError(ErrorCode.NotFound, message);
}

/** The peer broke the protocol in a way that ends the connection without an answer (section 5.4). */
export class ProtocolViolation extends Error {
  /** Names the violation. @param message what the peer did; sent as the close reason */
  constructor(message: string) {
    super(message);
    this.name = "ProtocolViolation";
  }
}

import { TransportClosedError } from "../protocol/mod.ts";

/** What went wrong on the client's side; see {@linkcode ClientError}. */
export type ClientErrorCode =
  | "spawn"
  | "connect"
  | "connectTimeout"
  | "handshakeTimeout"
  | "invalidAnswer"
  | "invalidData"
  | "unexpectedSession"
  | "protocol";

/** A failure that never crosses the wire: the executor could not be reached or did not speak the protocol. */
export class ClientError extends Error {
  /** Names the condition for callers; the message is for people. */
  readonly code: ClientErrorCode;

  /**
   * Makes an error.
   *
   * @param code the condition
   * @param message what happened
   * @param options the cause
   */
  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ClientError";
    this.code = code;
  }
}

/**
 * The connection ended, and with it what was asked of it. Whether a request on its way was carried out is unknown.
 *
 * Source: environments, sections 1.9 and 1.13.
 */
export class DisconnectedError extends TransportClosedError {
  /** Says what happened. @param message the whole text; @param options the cause */
  constructor(message: string, options?: ErrorOptions) {
    super("");
    this.name = "DisconnectedError";
    this.message = message;
    if (options?.cause !== undefined) this.cause = options.cause;
  }

  /** The error without a reason: `exec-server transport closed`. */
  static closed(options?: ErrorOptions): DisconnectedError {
    return new DisconnectedError("exec-server transport closed", options);
  }
}

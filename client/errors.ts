/** What went wrong on the client's side; see {@linkcode ClientError}. */
export type ClientErrorCode = "connect" | "handshakeTimeout" | "invalidAnswer" | "unexpectedSession";

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

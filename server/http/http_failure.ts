/** Where a request failed; only this goes into the log. */
export type FailureStage =
  | "resolve"
  | "connect"
  | "proxy"
  | "tls"
  | "send"
  | "closed"
  | "protocol"
  | "deadline"
  | "cancelled";

/** A request or its body failed; the peer gets the original's text, which says no more than that. */
export class HttpFailure extends Error {
  /** Where it failed. */
  readonly stage: FailureStage;

  /** @param stage where it failed; @param options the cause */
  constructor(stage: FailureStage, options?: ErrorOptions) {
    super(`HTTP request failed: ${stage}`, options);
    this.name = "HttpFailure";
    this.stage = stage;
  }
}

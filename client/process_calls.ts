import type { MethodName, ParamsOf, ResultOf } from "../protocol/mod.ts";

/** What a remote process needs of its client. */
export interface ProcessCalls {
  /** Sends a request and waits for its answer. @throws {TransportClosedError} when the connection ends first */
  call<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
  /** Whether requests are sent at once right now; not during a recovery. */
  readonly connected: boolean;
  /** Waits until the client is connected. @returns false when it never will be */
  recovered(): Promise<boolean>;
}

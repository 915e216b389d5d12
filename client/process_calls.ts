import type { MethodName, ParamsOf, ResultOf } from "../protocol/mod.ts";

/** What a remote process needs of its client. */
export interface ProcessCalls {
  /** Sends a request and waits for its answer. */
  call<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
}

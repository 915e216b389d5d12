import type { Parameters } from "./helper/operation.ts";
import type { OperationName } from "./helper/operations.ts";
import type { HelperCall } from "./helper_call.ts";

/** What goes with an operation besides its parameters. */
export interface CallExtras {
  /** Content for it. */
  readonly body?: Uint8Array | undefined;
  /** Aborted, the helper stops the operation at its next step. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs an operation in the helper of a policy; `finish` makes the result of the last header and what was collected. */
export type RunInHelper = <T>(
  op: OperationName,
  parameters: Partial<Parameters>,
  finish: (end: unknown, call: HelperCall<T>) => T,
  extras?: CallExtras,
) => Promise<T>;

/** A file that is open in a helper. */
export interface FileInHelper {
  /** Its number there. */
  readonly handle: number;
  /** Runs an operation in the same helper. */
  readonly run: RunInHelper;
  /** Lets go of the helper. */
  release(): void;
}

/** What a filesystem needs of the helpers of its policy. */
export interface HelperAccess {
  /** Runs an operation. */
  readonly run: RunInHelper;
  /** Opens a file and keeps its helper until the file is released. */
  open(parameters: Partial<Parameters>): Promise<FileInHelper>;
}

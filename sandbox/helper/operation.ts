import type { Guard } from "./guard.ts";
import type { OpenFiles } from "./open_files.ts";
import type { Walker } from "./walker.ts";

/** The text of an operation that was given up; who asked for it is gone. */
export const ABANDONED = "nobody waits for it any more";

/** What an operation works with. */
export interface OperationContext {
  readonly walker: Walker;
  readonly guard: Guard;
  readonly files: OpenFiles;
  /** Memory for one block; another operation may use it after each step. */
  readonly block: Uint8Array<ArrayBuffer>;
  /** Sends a part of the answer. */
  part(header: unknown, body?: Uint8Array): void;
}

/** Parameters as the server sent them. */
export interface Parameters {
  readonly path: string;
  readonly destination?: string;
  readonly follow?: boolean;
  readonly recursive?: boolean;
  readonly force?: boolean;
  readonly mode?: "read" | "replace";
  readonly handle?: number;
  readonly offset?: number;
  readonly length?: number;
  readonly maxDepth?: number;
  readonly maxDirectories?: number;
  readonly maxEntries?: number;
  readonly followDirectorySymlinks?: boolean;
  readonly pruneHiddenDirectories?: boolean;
}

/**
 * One operation, in steps: it yields wherever others may run, having released what it must not hold meanwhile, and
 * returns the header of its answer.
 */
export type Steps = Generator<void, unknown, void>;

/** Starts an operation; the body is valid until the first yield. */
export type Operation = (parameters: Parameters, context: OperationContext, body: Uint8Array) => Steps;

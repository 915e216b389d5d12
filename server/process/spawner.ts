import type { ExitStatus } from "../posix/child_exit.ts";
import type { OpenedDescriptor } from "../posix/posix_spawn.ts";

/** A program to start, after its lookup. */
export interface SpawnSpec {
  /** Path of the program; a relative one is taken from `cwd`. */
  readonly program: string;
  /** argv as the program sees it; never empty. */
  readonly argv: readonly string[];
  /** The whole environment. */
  readonly env: ReadonlyMap<string, string>;
  /** Absolute working directory. */
  readonly cwd: string;
  /** A terminal, or pipes with or without a stdin. */
  readonly stdio:
    | { readonly kind: "pipes"; readonly stdin: boolean }
    | { readonly kind: "terminal"; readonly rows: number; readonly cols: number };
  /** Files it finds open besides; only where {@linkcode Spawner.terminals} holds. */
  readonly opens?: readonly OpenedDescriptor[];
}

/** Name of an output stream on the wire. */
export type StreamName = "stdout" | "stderr" | "pty";

/** What a child reports; every call comes on the main thread, none before `spawn` has returned. */
export interface ChildEvents {
  /** A piece of output, at most 64 KiB; the bytes are valid during the call only. */
  output(stream: StreamName, bytes: Uint8Array): void;
  /** A stream reached its end; each stream once. */
  ended(stream: StreamName): void;
  /** The child itself ended; what it wrote before has been delivered unless reading is paused. */
  exited(status: ExitStatus): void;
}

/** A running child: leader of its own session and process group. */
export interface Child {
  /** Process, group and session id. */
  readonly pid: number;
  /** Streams that will end. */
  readonly streams: readonly StreamName[];
  /** Where input goes, or undefined without one. */
  readonly input: ChildInput | undefined;
  /** Stops reading output; the child blocks once the kernel's buffers are full. */
  pause(): void;
  /** Goes on reading output. */
  resume(): void;
  /** Ends all streams without waiting for their end of file. */
  cancel(): void;
  /** Changes the terminal's size. */
  resize(rows: number, cols: number): void;
}

/** Input of a child. */
export interface ChildInput {
  /** Whether a write has to wait for {@linkcode room}. */
  readonly full: boolean;
  /** Resolves when there is room, or nobody reads any more. */
  room(): Promise<void>;
  /** Queues bytes in order; bytes for a child that stopped reading are lost. */
  write(bytes: Uint8Array): void;
  /** End of file for the child, after what was written. */
  end(): void;
  /** Drops what is queued and releases the descriptor. */
  close(): void;
}

/** Starts children. */
export interface Spawner {
  /** For logs and reports. */
  readonly name: string;
  /** Whether it can give a child a terminal. */
  readonly terminals: boolean;
  /** Whether argv[0] can differ from the program's path. */
  readonly choosesArgv0: boolean;
  /** Starts a child. @throws {SpawnError} */
  spawn(spec: SpawnSpec, events: ChildEvents): Child;
}

/** A program could not be started. */
export class SpawnError extends Error {
  /** Wraps the reason. @param message the text for the wire */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SpawnError";
  }
}

import type { SignalName } from "./methods.ts";
import type { SandboxContext } from "./filesystem.ts";
import type { EnvPolicy } from "./wire_types.ts";

/** What to start; members mean what they mean in `process/start` (exec-server protocol, section 7.1). */
export interface ProcessSpec {
  /** Program and arguments; no shell. */
  readonly argv: readonly string[];
  /** Absolute native path. */
  readonly cwd: string;
  /** Variables laid over what `envPolicy` leaves. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** How the environment is made from the executor's; absent means `env` alone. */
  readonly envPolicy?: EnvPolicy | undefined;
  /** Whether it runs on a terminal; default false. */
  readonly tty?: boolean | undefined;
  /** Whether stdin stays writable; default false. A terminal always takes input. */
  readonly pipeStdin?: boolean | undefined;
  /** argv[0] as the program sees it. */
  readonly arg0?: string | undefined;
  /** Terminal height. */
  readonly rows?: number | undefined;
  /** Terminal width. */
  readonly cols?: number | undefined;
  /** Permission profile to run under; absent means none. */
  readonly sandbox?: SandboxContext | undefined;
  /** Unique in its session while remembered; one is made when absent. */
  readonly processId?: string | undefined;
}

/** A piece of output. */
export interface OutputEvent {
  /** Tells the kinds of events apart. */
  readonly type: "output";
  /** Position in the process's one gap-free sequence, from 1. */
  readonly seq: number;
  /** Where it was written. */
  readonly stream: "stdout" | "stderr" | "pty";
  /** What was written. */
  readonly bytes: Uint8Array;
}

/** The process itself ended; output of its children may follow. */
export interface ExitedEvent {
  /** Tells the kinds of events apart. */
  readonly type: "exited";
  /** Position in the sequence. */
  readonly seq: number;
  /** Exit status; 128+n for death by signal n. */
  readonly exitCode: number;
  /** Whether its sandbox probably made it fail. */
  readonly sandboxDenied: boolean;
}

/** All output was delivered; always the last event. */
export interface ClosedEvent {
  /** Tells the kinds of events apart. */
  readonly type: "closed";
  /** Position in the sequence. */
  readonly seq: number;
}

/** What happens to a process, in the order of its sequence. */
export type ProcessEvent = OutputEvent | ExitedEvent | ClosedEvent;

/** What became of a write (exec-server protocol, section 8.2). */
export type WriteStatus = "accepted" | "unknownProcess" | "stdinClosed" | "starting";

/** Retained output and state of a process (exec-server protocol, section 8.1). */
export interface ProcessSnapshot {
  /** Output after the asked position. */
  readonly chunks: readonly OutputEvent[];
  /** Where the next read goes on, as `afterSeq: nextSeq - 1`. */
  readonly nextSeq: number;
  /** Whether the process itself ended. */
  readonly exited: boolean;
  /** Its exit status once it ended. */
  readonly exitCode: number | null;
  /** Whether all output was delivered. */
  readonly closed: boolean;
  /** Why the process was lost or ended by the executor; null as long as all is well. */
  readonly failure: string | null;
  /** Whether its sandbox probably made it fail. */
  readonly sandboxDenied: boolean;
}

/** How a process ended. */
export interface ProcessExit {
  /** Exit status; 128+n for death by signal n. */
  readonly exitCode: number;
  /** Whether its sandbox probably made it fail. */
  readonly sandboxDenied: boolean;
}

/**
 * A started process, local or remote.
 *
 * Iterating delivers every retained event from the first on, then live ones, in the order of the sequence, and ends
 * behind `closed`; any number of iterations may run. Disposing terminates the process if it still runs, and forgets it.
 */
export interface ProcessHandle extends AsyncIterable<ProcessEvent>, AsyncDisposable {
  /** Its id in the session. */
  readonly processId: string;
  /** What confines it: `none`, `linuxSeccomp`, …; as the executor names it. */
  readonly sandboxType: string;
  /** Events after a position; default from the first. @throws when events were dropped or the process was lost */
  events(afterSeq?: number): AsyncIterable<ProcessEvent>;
  /** Reads retained output, waiting at most `waitMs` for news. */
  read(
    options?: { readonly afterSeq?: number; readonly maxBytes?: number; readonly waitMs?: number },
  ): Promise<ProcessSnapshot>;
  /** Waits until the process has ended and its output is complete. @throws when the process was lost */
  wait(): Promise<ProcessExit>;
  /** Writes to stdin or the terminal; writes keep their order and each is applied once. */
  write(bytes: Uint8Array): Promise<WriteStatus>;
  /** Closes stdin behind what was written. @throws {RpcError} -32601 where the executor cannot */
  closeStdin(): Promise<WriteStatus>;
  /** Signals the process group. */
  signal(signal: SignalName): Promise<void>;
  /** Changes the size of the terminal. */
  resize(rows: number, cols: number): Promise<void>;
  /** Kills the process group. @returns whether it was running */
  terminate(): Promise<boolean>;
}

/** Starts processes, here or on another machine. */
export interface ExecBackend {
  /** Starts a program. @throws {RpcError} as `process/start` does */
  start(spec: ProcessSpec): Promise<ProcessHandle>;
}

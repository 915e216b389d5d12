import {
  decodeBase64,
  type DecodedParams,
  internalError,
  invalidParams,
  invalidRequest,
  LIMITS,
  type MethodName,
  type ResultOf,
  type SignalName,
  TEXTS,
} from "../../protocol/mod.ts";
import { killTree, signalGroup } from "../process/kill_group.ts";
import type { ManagedProcess } from "../process/managed_process.ts";
import type { Session } from "../session.ts";
import type { Handlers } from "./handlers.ts";
import { startProcess, type StartSettings } from "./process_start.ts";

/** What the process methods work on. */
export interface ProcessContext {
  /** The connection's session; it exists once the handshake is done. */
  session(): Session;
  /** How processes are started. */
  readonly start: StartSettings;
  /** Aborts waiting reads when the connection or the server ends. */
  readonly signal: AbortSignal;
}

const SIGNALS: Readonly<Record<SignalName, Deno.Signal>> = {
  interrupt: "SIGINT",
  terminate: "SIGTERM",
  kill: "SIGKILL",
  hangup: "SIGHUP",
  quit: "SIGQUIT",
  usr1: "SIGUSR1",
  usr2: "SIGUSR2",
};

/** The handlers of `process/*`; sections 7 and 8 of the exec-server protocol. */
export function processHandlers(context: ProcessContext): Handlers {
  const find = (id: string) => context.session().processes.get(id);
  return {
    "process/start": (params) => startProcess(context.session(), context.start, params),
    "process/read": (params) => {
      const process = find(params.processId);
      if (process === undefined) throw invalidRequest(TEXTS.unknownProcess(params.processId));
      return readProcess(process, params, context.signal);
    },
    "process/write": (params) => {
      if (params.writeId === "") throw invalidParams(TEXTS.emptyWriteId);
      return writeProcess(find(params.processId), params, context.signal);
    },
    "process/closeStdin": (params) => closeStdin(find(params.processId)),
    "process/signal": (params) => {
      const process = find(params.processId);
      if (process !== undefined && process.exitCode === undefined) {
        sendSignal(process, SIGNALS[params.signal]);
      }
      return {};
    },
    "process/terminate": (params) => {
      const process = find(params.processId);
      if (process === undefined || process.exitCode !== undefined) return { running: false };
      if (process.running) kill(process);
      return { running: true };
    },
    "process/resize": (params) => {
      const process = find(params.processId);
      if (process === undefined) throw invalidRequest(TEXTS.unknownProcess(params.processId));
      if (!process.description.tty) throw invalidRequest(`process ${params.processId} has no terminal`);
      process.child.resize(params.rows, params.cols);
      return {};
    },
    "process/list": () => ({ processes: [...context.session().processes.values()].map(describe) }),
  };
}

async function readProcess(
  process: ManagedProcess,
  params: DecodedParams<"process/read">,
  signal: AbortSignal,
): Promise<ResultOf<"process/read">> {
  const afterSeq = params.afterSeq ?? 0;
  const maxBytes = params.maxBytes ?? undefined;
  const deadline = performance.now() + (params.waitMs ?? 0);
  while (true) {
    const chunks = process.log.read(afterSeq, maxBytes);
    const exited = process.exitCode !== undefined;
    const last = chunks[chunks.length - 1];
    const nextSeq = last !== undefined && maxBytes !== undefined ? last.seq + 1 : process.nextSeq;
    const news = chunks.length > 0 || process.closed || (exited && afterSeq < nextSeq - 1);
    const left = deadline - performance.now();
    if (news || left <= 0 || signal.aborted) {
      return {
        chunks: chunks.map(({ seq, stream, bytes }) => ({ seq, stream, chunk: bytes.toBase64() })),
        nextSeq,
        exited,
        exitCode: process.exitCode ?? null,
        closed: process.closed,
        failure: process.failure ?? null,
        sandboxDenied: process.sandboxDenied,
      };
    }
    await process.nextEvent(left, signal);
  }
}

type WriteResult<M extends MethodName = "process/write"> = ResultOf<M> | Promise<ResultOf<M>>;

function writeProcess(
  process: ManagedProcess | undefined,
  params: DecodedParams<"process/write">,
  signal: AbortSignal,
): WriteResult {
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64(params.chunk);
  } catch (error) {
    throw invalidParams(`params.chunk: ${(error as Error).message}`);
  }
  if (process === undefined) return { status: "unknownProcess" };
  const { input } = process.child;
  if (input === undefined) return { status: "stdinClosed" };
  const { writeId } = params;
  if (typeof writeId === "string" && process.writeIds.has(writeId)) return { status: "accepted" };
  // also when the process has ended since, as it does at the end of its input
  if (process.stdinClosed) return { status: "stdinClosed" };
  if (!process.running) throw internalError(TEXTS.stdinWriteFailed);
  if (typeof writeId === "string") rememberWrite(process, writeId);
  input.write(bytes);
  if (!input.full) return { status: "accepted" };
  return waitForRoom(process, signal);
}

/** The write is queued already, so order holds; the answer waits until the process has read some of it. */
async function waitForRoom(process: ManagedProcess, signal: AbortSignal): Promise<ResultOf<"process/write">> {
  const aborted = Promise.withResolvers<void>();
  const abort = () => aborted.resolve();
  signal.addEventListener("abort", abort, { once: true });
  if (!signal.aborted) await Promise.race([process.child.input?.room(), aborted.promise]);
  signal.removeEventListener("abort", abort);
  if (!process.running) throw internalError(TEXTS.stdinWriteFailed);
  return { status: "accepted" };
}

function rememberWrite(process: ManagedProcess, writeId: string): void {
  const { writeIds } = process;
  writeIds.add(writeId);
  if (writeIds.size <= LIMITS.maxRememberedWriteIds) return;
  const [oldest] = writeIds;
  if (oldest !== undefined) writeIds.delete(oldest);
}

function closeStdin(process: ManagedProcess | undefined): ResultOf<"process/closeStdin"> {
  if (process === undefined) return { status: "unknownProcess" };
  if (process.description.tty) {
    throw invalidRequest(
      `process ${process.description.id} has a terminal: write its end-of-file character (\\x04) instead`,
    );
  }
  const { input } = process.child;
  if (input === undefined || process.stdinClosed || !process.running) return { status: "stdinClosed" };
  process.closeStdin();
  return { status: "accepted" };
}

function sendSignal(process: ManagedProcess, signal: Deno.Signal): void {
  try {
    signalGroup(process.child.pid, signal);
  } catch (error) {
    throw internalError(TEXTS.signalFailed((error as Error).message), { cause: error });
  }
}

function kill(process: ManagedProcess): void {
  try {
    killTree(process.child.pid, process.description.tty);
  } catch (error) {
    throw internalError(TEXTS.signalFailed((error as Error).message), { cause: error });
  }
  process.terminate();
}

function describe(process: ManagedProcess): ResultOf<"process/list">["processes"][number] {
  const { id, argv0, tty } = process.description;
  return {
    processId: id,
    pid: process.child.pid,
    argv0,
    tty,
    state: process.closed ? "closed" : process.exitCode === undefined ? "running" : "exited",
    exitCode: process.exitCode ?? null,
    nextSeq: process.nextSeq,
    droppedBytes: process.log.droppedBytes,
  };
}

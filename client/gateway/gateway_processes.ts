import {
  decodeBase64,
  type DecodedParams,
  invalidParams,
  invalidRequest,
  LIMITS,
  type MethodName,
  type ProcessHandle,
  type ProcessSpec,
  type ResultOf,
  TEXTS,
} from "../../protocol/mod.ts";
import type { Environment } from "../environment.ts";

/** Answers one process method. */
type Handler<M extends MethodName> = (params: DecodedParams<M>, environment: Environment) => Promise<ResultOf<M>>;

/** The process methods a gateway passes on. */
export type ProcessHandlers = {
  readonly [M in Extract<MethodName, `process/${string}`>]?: Handler<M>;
};

/** How the client of a gateway is reached. */
export interface GatewayClient {
  /** Sends a notification. */
  notify(method: string, params: unknown): void;
  /** Resolves when the client has taken enough of what was sent, or is gone. */
  room(): Promise<void>;
}

interface Running {
  readonly handle: ProcessHandle;
  /** Ids of writes that were passed on already; a repeated one is accepted and writes nothing. */
  readonly writeIds: Set<string>;
}

/**
 * The processes of one client of a gateway, wherever they run. The ids are the client's; the executors get others, since
 * several clients may choose the same. A slow client holds up the passing on of its own output only.
 */
export class GatewayProcesses implements AsyncDisposable {
  readonly #client: GatewayClient;
  readonly #running = new Map<string, Running | undefined>();
  #ended = false;

  /** Nothing runs yet. @param client gets the notifications */
  constructor(client: GatewayClient) {
    this.#client = client;
  }

  /** Answers the `process/*` methods; `process/list` is not among them: the facts it tells are the executor's. */
  readonly handlers: ProcessHandlers = {
    "process/start": (params, environment) => this.#start(params, environment),
    "process/read": async ({ processId, afterSeq, maxBytes, waitMs }) => {
      const options = withoutNulls({ afterSeq, maxBytes, waitMs });
      const snapshot = await this.#find(processId).handle.read(options);
      const chunks = snapshot.chunks.map(({ seq, stream, bytes }) => ({ seq, stream, chunk: bytes.toBase64() }));
      return { ...snapshot, chunks };
    },
    "process/write": async ({ processId, chunk, writeId }) => {
      const bytes = decodeChunk(chunk);
      const running = this.#running.get(processId);
      if (running === undefined) return { status: "unknownProcess" };
      if (writeId === "") throw invalidParams(TEXTS.emptyWriteId);
      if (typeof writeId === "string" && !remember(running.writeIds, writeId)) return { status: "accepted" };
      return { status: await running.handle.write(bytes) };
    },
    "process/closeStdin": async ({ processId }) => {
      const running = this.#running.get(processId);
      return { status: running === undefined ? "unknownProcess" : await running.handle.closeStdin() };
    },
    "process/signal": async ({ processId, signal }) => {
      await this.#running.get(processId)?.handle.signal(signal);
      return {};
    },
    "process/terminate": async ({ processId }) => {
      return { running: await this.#running.get(processId)?.handle.terminate() ?? false };
    },
    "process/resize": async ({ processId, rows, cols }) => {
      await this.#find(processId).handle.resize(rows, cols);
      return {};
    },
  };

  /** Terminates what runs: its client is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    const handles = [...this.#running.values()].flatMap((running) => running === undefined ? [] : [running.handle]);
    this.#running.clear();
    await Promise.allSettled(handles.map((handle) => handle[Symbol.asyncDispose]()));
  }

  async #start(
    params: DecodedParams<"process/start">,
    environment: Environment,
  ): Promise<ResultOf<"process/start">> {
    const { processId } = params;
    if (this.#running.has(processId)) throw invalidRequest(TEXTS.processExists(processId));
    this.#running.set(processId, undefined);
    let handle: ProcessHandle;
    try {
      handle = await environment.exec.start(specOf(params));
    } catch (error) {
      this.#running.delete(processId);
      throw error;
    }
    if (this.#ended) {
      await handle[Symbol.asyncDispose]();
      throw invalidRequest("the connection has ended");
    }
    this.#running.set(processId, { handle, writeIds: new Set() });
    this.#passOn(processId, handle);
    return { processId, sandboxType: handle.sandboxType };
  }

  /** Sends the events of a process; afterwards it is remembered for as long as an exec-server would. */
  async #passOn(processId: string, handle: ProcessHandle): Promise<void> {
    let lastSeq = 0;
    try {
      for await (const event of handle) {
        lastSeq = event.seq;
        if (event.type === "output") {
          const { seq, stream, bytes } = event;
          this.#client.notify("process/output", { processId, seq, stream, chunk: bytes.toBase64() });
          await this.#client.room();
        } else if (event.type === "exited") {
          const { seq, exitCode, sandboxDenied } = event;
          this.#client.notify("process/exited", { processId, seq, exitCode, sandboxDenied });
        } else {
          this.#client.notify("process/closed", { processId, seq: event.seq });
        }
      }
    } catch {
      // it is lost: nobody shall wait for it, and no exit is made up; reading it tells why
      this.#client.notify("process/closed", { processId, seq: lastSeq + 1 });
    }
    if (this.#ended) return;
    const timer = setTimeout(() => this.#forget(processId, handle), LIMITS.processRetentionMs);
    Deno.unrefTimer(timer);
  }

  #forget(processId: string, handle: ProcessHandle): void {
    if (this.#running.get(processId)?.handle !== handle) return;
    this.#running.delete(processId);
    Promise.resolve(handle[Symbol.asyncDispose]()).catch(() => {}); // it ended long ago
  }

  #find(processId: string): Running {
    const running = this.#running.get(processId);
    if (running === undefined) throw invalidRequest(TEXTS.unknownProcess(processId));
    return running;
  }
}

function specOf(params: DecodedParams<"process/start">): ProcessSpec {
  return {
    argv: params.argv,
    cwd: params.cwd.path,
    env: params.env,
    envPolicy: params.envPolicy ?? undefined,
    tty: params.tty,
    pipeStdin: params.pipeStdin,
    arg0: params.arg0 ?? undefined,
    rows: params.rows ?? undefined,
    cols: params.cols ?? undefined,
    sandbox: params.sandbox ?? undefined,
  };
}

type WithoutNulls<T> = { [K in keyof T]?: NonNullable<T[K]> };

function withoutNulls<T extends Record<string, unknown>>(options: T): WithoutNulls<T> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given) as WithoutNulls<T>;
}

/** @returns whether the id is new */
function remember(writeIds: Set<string>, writeId: string): boolean {
  if (writeIds.has(writeId)) return false;
  writeIds.add(writeId);
  const [oldest] = writeIds;
  if (writeIds.size > LIMITS.maxRememberedWriteIds && oldest !== undefined) writeIds.delete(oldest);
  return true;
}

function decodeChunk(chunk: string): Uint8Array {
  try {
    return decodeBase64(chunk);
  } catch (error) {
    throw invalidParams(`params.chunk: ${(error as Error).message}`);
  }
}

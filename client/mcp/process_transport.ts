import { setImmediate } from "node:timers";
import {
  deserializeMessage,
  type JSONRPCMessage,
  serializeMessage,
  type Transport,
} from "@modelcontextprotocol/client";
import {
  type ExecBackend,
  LIMITS,
  type ProcessHandle,
  type ProcessSpec,
  type WriteStatus,
} from "../../protocol/mod.ts";
import { LineSplitter } from "./line_splitter.ts";
import { McpError } from "./mcp_error.ts";

const STOP_GRACE_MS = 2_000;
const REFUSED: Readonly<Record<Exclude<WriteStatus, "accepted">, string>> = {
  unknownProcess: "unknown process",
  stdinClosed: "stdin closed",
  starting: "process is starting",
};

/** Options of a {@linkcode ProcessTransport}. */
export interface ProcessTransportOptions {
  /** Whether the program is asked to end and given 2 s before it is killed; default false: it is killed. */
  readonly gracefully?: boolean;
  /** Takes lines the program wrote to stderr, and what it wrote to stdout that is no message. */
  readonly log?: (text: string) => void;
}

/**
 * MCP over the stdin and stdout of a process, here or on an executor: one JSON message a line.
 *
 * It is closed when the process has ended and its output was delivered, and when the process was lost; then a session
 * that could be resumed is not: the server has its state.
 *
 * Source: HTTP and MCP, section 3.7.
 */
export class ProcessTransport implements Transport {
  /** Called when the server is gone. */
  onclose?: () => void;
  /** Called with what ends it and with messages that cannot be read. */
  onerror?: (error: Error) => void;
  /** Called with each message. */
  onmessage?: Transport["onmessage"];
  readonly #exec: ExecBackend;
  readonly #spec: ProcessSpec;
  readonly #options: ProcessTransportOptions;
  #process: ProcessHandle | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** Starts nothing yet. @param exec starts the program; @param spec what it is; @param options how it ends */
  constructor(exec: ExecBackend, spec: ProcessSpec, options: ProcessTransportOptions = {}) {
    this.#exec = exec;
    this.#spec = spec;
    this.#options = options;
  }

  /** Starts the program. @throws {RpcError} as `process/start` does */
  async start(): Promise<void> {
    if (this.#process !== undefined) throw new McpError("the MCP server was started already");
    this.#process = await this.#exec.start(this.#spec);
    this.#read(this.#process);
  }

  /** Writes a message, behind those before it. @throws {McpError} when the program does not take it */
  send(message: JSONRPCMessage): Promise<void> {
    const bytes = new TextEncoder().encode(serializeMessage(message));
    const written = this.#writing.then(() => this.#write(bytes));
    this.#writing = written.catch(() => {});
    return written;
  }

  /** Ends the program and waits until it is gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#process === undefined || this.#closing !== undefined) throw new McpError("the MCP server is not running");
    const status = await this.#process.write(bytes);
    if (status !== "accepted") throw new McpError(REFUSED[status]);
  }

  async #read(process: ProcessHandle): Promise<void> {
    const stdout = new LineSplitter(LIMITS.maxMcpLineBytes), stderr = new LineSplitter(LIMITS.maxMcpLineBytes);
    try {
      for await (const event of process.events()) {
        if (event.type !== "output") continue;
        if (event.stream === "stderr") {
          for (const line of stderr.push(event.bytes)) this.#logStderr(line);
          continue;
        }
        for (const line of stdout.push(event.bytes)) {
          const message = this.#receive(line);
          // the SDK handles notifications a little later: the last progress would come after the answer, and get lost
          if (message !== undefined && !("id" in message)) await nextTurn();
        }
      }
      this.#receive(stdout.finish());
      this.#logStderr(stderr.finish());
    } catch (error) {
      if (this.#closing === undefined) this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
    this.close();
  }

  #receive(line: Uint8Array): JSONRPCMessage | undefined {
    if (line.length === 0) return undefined;
    let message: JSONRPCMessage;
    try {
      message = deserializeMessage(new TextDecoder("utf-8", { fatal: true }).decode(line));
    } catch {
      this.#options.log?.(`MCP server wrote ${line.length} bytes that are no message (${this.#spec.argv[0]})`);
      return undefined;
    }
    this.onmessage?.(message);
    return message;
  }

  #logStderr(line: Uint8Array): void {
    if (line.length === 0) return;
    this.#options.log?.(`MCP server stderr (${this.#spec.argv[0]}): ${new TextDecoder().decode(line)}`);
  }

  async #close(): Promise<void> {
    const process = this.#process;
    if (process !== undefined) {
      try {
        if (this.#options.gracefully) await stopGracefully(process);
        await process[Symbol.asyncDispose]();
      } catch {
        // it is lost together with its executor
      }
    }
    this.onclose?.();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** SIGTERM to the group, and 2 s to follow it. */
async function stopGracefully(process: ProcessHandle): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const grace = new Promise<void>((resolve) => timer = setTimeout(resolve, STOP_GRACE_MS));
  try {
    await process.signal("terminate");
    await Promise.race([process.wait(), grace]);
  } finally {
    clearTimeout(timer);
  }
}

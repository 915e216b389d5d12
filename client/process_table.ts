import {
  decodeBase64,
  type NotificationParams,
  type ProcessEvent,
  ProtocolViolation,
  TransportClosedError,
} from "../protocol/mod.ts";
import type { Connection } from "./connection.ts";
import { decodeResult } from "./decode_result.ts";
import { decodeSnapshot } from "./decode_snapshot.ts";
import { errorText } from "./error_text.ts";
import { ClientError } from "./errors.ts";
import { mergeRecovery } from "./merge_recovery.ts";
import type { ServerNotification } from "./notification_listeners.ts";
import type { ProcessCalls } from "./process_calls.ts";
import { RemoteProcess } from "./remote_process.ts";

/**
 * The processes of a client: brings each notification to the one it is about, and all of them over a lost connection.
 *
 * Source: environments, sections 1.6 and 1.10.
 */
export class ProcessTable {
  readonly #processes = new Map<string, RemoteProcess>();
  #recovering = false;

  /** Makes a process known before it is started, since output may arrive before the answer. @throws {ClientError} for an id in use */
  add(processId: string, calls: ProcessCalls): RemoteProcess {
    if (this.#processes.has(processId)) {
      const text = `exec-server protocol error: session already registered for process ${processId}`;
      throw new ClientError("protocol", text);
    }
    const process = new RemoteProcess(processId, calls, () => {
      if (this.#processes.get(processId) === process) this.#processes.delete(processId);
    });
    this.#processes.set(processId, process);
    return process;
  }

  /**
   * Takes a notification; those about processes it does not know are ignored.
   *
   * @returns when a reader of the process is far behind, what tells that it has caught up
   * @throws {ProtocolViolation} for bytes that are not base64
   */
  dispatch(notification: ServerNotification): (() => Promise<void>) | undefined {
    switch (notification.method) {
      case "process/output":
        return this.#output(notification.params);
      case "process/exited": {
        const { processId, seq, exitCode, sandboxDenied = false } = notification.params;
        this.#add(processId, { type: "exited", seq, exitCode, sandboxDenied });
        break;
      }
      case "process/closed":
        this.#add(notification.params.processId, { type: "closed", seq: notification.params.seq });
    }
    return undefined;
  }

  #output(
    { processId, seq, stream, chunk }: NotificationParams<"process/output">,
  ): (() => Promise<void>) | undefined {
    const process = this.#processes.get(processId);
    if (process === undefined || seq <= process.log.lastSeq) return undefined;
    let bytes: Uint8Array;
    try {
      bytes = decodeBase64(chunk);
    } catch (error) {
      const text = `\`process/output\` params.chunk: ${(error as Error).message}`;
      throw new ProtocolViolation(
        `exec-server notification handling failed: failed to serialize or deserialize exec-server JSON: ${text}`,
      );
    }
    const { log } = process;
    log.add({ type: "output", seq, stream, bytes }, { evict: this.#recovering });
    return log.backlogged ? () => log.drained() : undefined;
  }

  /** A closed process needs no further notification. */
  #add(processId: string, event: ProcessEvent): void {
    const process = this.#processes.get(processId);
    if (process === undefined) return;
    process.log.add(event, { evict: this.#recovering });
    if (process.log.closed !== undefined && process.isStarted) process.forget();
  }

  /** The connection is lost, and another one comes: events may arrive out of order until it is {@linkcode resumed}. */
  interrupted(): void {
    this.#recovering = true;
  }

  /**
   * Fills the gaps of all processes over a new connection. A process whose gap cannot be filled is terminated and lost;
   * the others go on.
   *
   * @throws {TransportClosedError} when the connection ends meanwhile
   */
  async recover(connection: Connection): Promise<void> {
    const started = [...this.#processes.values()].filter(({ isStarted }) => isStarted);
    await Promise.all(started.map((process) => recoverProcess(process, connection)));
  }

  /** All gaps are filled: writes without an answer are sent again. */
  resumed(): void {
    this.#recovering = false;
    for (const process of this.#processes.values()) process.resumed();
  }

  /** No process of this client will hear more. */
  fail(error: Error): void {
    for (const process of this.#processes.values()) process.lost(error);
    this.#processes.clear();
  }
}

async function recoverProcess(process: RemoteProcess, connection: Connection): Promise<void> {
  const { processId, log } = process;
  const position = { processId, afterSeq: log.lastSeq, maxBytes: null, waitMs: 0 };
  try {
    mergeRecovery(log, decodeSnapshot(decodeResult("process/read", await connection.call("process/read", position))));
    if (log.closed !== undefined) process.forget();
  } catch (error) {
    if (error instanceof TransportClosedError) throw error;
    const text = error instanceof Error && error.constructor === Error
      ? `exec-server protocol error: ${error.message}`
      : errorText(error);
    process.forget();
    process.lost(new ClientError("protocol", `failed to recover process ${processId}: ${text}`));
    connection.call("process/terminate", { processId }).catch(() => {}); // it may be gone, and nobody hears more of it
  }
}

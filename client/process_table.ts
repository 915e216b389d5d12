import { decodeBase64, type NotificationParams, ProtocolViolation } from "../protocol/mod.ts";
import { ClientError } from "./errors.ts";
import type { ProcessCalls } from "./process_calls.ts";
import { RemoteProcess } from "./remote_process.ts";

/**
 * The processes of a client: brings each notification to the one it is about; others are ignored.
 *
 * Source: environments, section 1.6.
 */
export class ProcessTable {
  readonly #processes = new Map<string, RemoteProcess>();

  /** Makes a process known before it is started, since output may arrive before the answer. @throws {ClientError} for an id in use */
  add(processId: string, calls: ProcessCalls): RemoteProcess {
    if (this.#processes.has(processId)) {
      const text = `exec-server protocol error: session already registered for process ${processId}`;
      throw new ClientError("protocol", text);
    }
    const process = new RemoteProcess(processId, calls, () => this.#processes.delete(processId));
    this.#processes.set(processId, process);
    return process;
  }

  /** Takes `process/output`. @throws {ProtocolViolation} for bytes that are not base64 */
  output({ processId, seq, stream, chunk }: NotificationParams<"process/output">): void {
    const process = this.#processes.get(processId);
    if (process === undefined) return;
    let bytes: Uint8Array;
    try {
      bytes = decodeBase64(chunk);
    } catch (error) {
      throw new ProtocolViolation(`invalid parameters of \`process/output\`: chunk: ${(error as Error).message}`);
    }
    process.log.add({ type: "output", seq, stream, bytes });
  }

  /** Takes `process/exited`. */
  exited({ processId, seq, exitCode, sandboxDenied = false }: NotificationParams<"process/exited">): void {
    this.#processes.get(processId)?.log.add({ type: "exited", seq, exitCode, sandboxDenied });
  }

  /** Takes `process/closed`; a closed process needs no further notification. */
  closed({ processId, seq }: NotificationParams<"process/closed">): void {
    this.#processes.get(processId)?.log.add({ type: "closed", seq });
  }

  /** No process of this client will hear more. */
  fail(error: Error): void {
    for (const process of this.#processes.values()) process.log.fail(error);
    this.#processes.clear();
  }
}

import type { Expectation } from "./compare.ts";
import { checkFiles, makeFiles } from "./local_files.ts";
import { Placeholders } from "./placeholders.ts";
import { RawConnection } from "./raw_connection.ts";
import { isObject, type Json, type Message, type Outcome, type Step } from "./step.ts";

const PATIENCE_MS = 8_000;

/** Runs the steps of one transcript against a server. */
export class Replay implements AsyncDisposable {
  /** What this run's values stand for. */
  readonly placeholders: Placeholders;
  readonly #url: string;
  readonly #dir: string;
  readonly #patienceMs: number;
  readonly #connections = new Map<string, RawConnection>();
  readonly #opened: RawConnection[] = [];
  #probes = 0;

  /** @param url the server; @param patienceMs how long to wait for messages that do not come */
  constructor(url: string, patienceMs: number = PATIENCE_MS) {
    this.#url = url;
    this.#patienceMs = patienceMs;
    this.#dir = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "replay-" }));
    this.placeholders = new Placeholders(this.#dir);
  }

  /** Runs one step; `want` says for what to wait. */
  async run(step: Step, want: Expectation = step): Promise<Outcome> {
    const problems: string[] = [];
    if (step.setup !== undefined) await makeFiles(this.placeholders.fill(step.setup));
    if (step.check !== undefined) problems.push(...await checkFiles(this.placeholders.fill(step.check)));
    const name = step.conn ?? "a";
    if (step.open) this.#connections.delete(name);
    if (step.close) {
      await this.#connections.get(name)?.close();
      this.#connections.delete(name);
    }
    if (step.send === undefined && step.waitMs === undefined && !step.open) {
      return { messages: [], closed: false, problems };
    }
    const connection = await this.#connection(name);
    if (step.send !== undefined) this.#send(connection, step.send);
    if (step.waitMs !== undefined) await new Promise((resolve) => setTimeout(resolve, step.waitMs));
    if (!await connection.until(() => this.#complete(connection, step, want), this.#patienceMs)) {
      problems.push("timed out waiting for messages");
    } else if (!connection.closed) {
      await this.#settle(connection);
    }
    const messages = connection.take();
    this.placeholders.learn(name, messages);
    if (connection.closed) this.#connections.delete(name);
    return { messages, closed: connection.closed, problems };
  }

  /** Closes all connections and removes the folder of the run. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((connection) => connection.close()));
    await Deno.remove(this.#dir, { recursive: true });
  }

  async #connection(name: string): Promise<RawConnection> {
    let connection = this.#connections.get(name);
    if (connection === undefined) {
      connection = await RawConnection.open(this.#url);
      this.#connections.set(name, connection);
      this.#opened.push(connection);
    }
    return connection;
  }

  #send(connection: RawConnection, value: Json): void {
    for (const frame of Array.isArray(value) ? value : [value]) {
      if (isObject(frame) && typeof frame.$binary === "string") connection.send(Uint8Array.fromBase64(frame.$binary));
      else if (typeof frame === "string") connection.send(this.placeholders.fill(frame));
      else connection.send(JSON.stringify(this.placeholders.fill(frame)));
    }
  }

  #complete(connection: RawConnection, step: Step, want: Expectation): boolean {
    if (connection.closed) return true;
    if (want.closed) return false;
    const { inbox } = connection;
    const sent = Array.isArray(step.send) ? step.send : [step.send];
    const ids = sent.filter(isObject).map(({ id }) => id).filter((id) => id !== undefined);
    if (!ids.every((id) => inbox.some((message) => message.id === id))) return false;
    const processes = step.closesProcess ?? [];
    const closed = inbox.filter(({ method }) => method === "process/closed").map(({ params }) => params);
    if (!processes.every((id) => closed.some((params) => isObject(params) && params.processId === id))) return false;
    const expected = want.expect ?? [];
    if (!step.relaxed && !step.anyOutput) return inbox.length >= expected.length;
    if (processes.length > 0) return true;
    // pieces of output do not count, their bytes do
    return notOutput(inbox).length >= notOutput(expected).length &&
      (step.anyOutput || outputLength(inbox) >= outputLength(expected));
  }

  /** Lets a probe overtake nothing: when it is answered, all that the step brought has arrived. */
  async #settle(connection: RawConnection): Promise<void> {
    const id = `settle-${this.#probes++}`;
    connection.send(JSON.stringify({ id, method: "conformance/settle" }));
    await connection.until(
      () => connection.closed || connection.inbox.some((message) => message.id === id),
      PATIENCE_MS,
    );
    connection.drop(id);
  }
}

function notOutput(messages: readonly Message[]): Message[] {
  return messages.filter(({ method }) => method !== "process/output");
}

function outputLength(messages: readonly Message[]): number {
  const chunks = messages.map(({ params }) => isObject(params) && typeof params.chunk === "string" ? params.chunk : "");
  return chunks.reduce((sum, chunk) => sum + atob(chunk).length, 0);
}

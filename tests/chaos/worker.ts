import type { ExecServerClient } from "../../client/mod.ts";
import type { ProcessHandle } from "../../protocol/mod.ts";

const PAD = "x".repeat(400);
// each line is answered by ten, so that output also comes by itself
const SCRIPT =
  `while read -r line; do [ "$line" = end ] && exit; for i in 0 1 2 3 4 5 6 7 8 9; do echo "$line.$i $PAD"; done; done`;

/** One process with somebody who writes numbered lines to it and checks what comes back. */
export class Worker {
  /** Writes the server has accepted. */
  accepted = 0;
  outputBytes = 0;
  readonly #process: ProcessHandle;
  readonly #writing: Promise<unknown>;
  readonly #reading: Promise<unknown>;
  #stopped = false;
  #sent = 0;
  #lines = 0;
  #rest = "";

  private constructor(process: ProcessHandle) {
    this.#process = process;
    // both may fail long before somebody waits for them
    this.#writing = this.#write().catch((error) => error);
    this.#reading = this.#read().catch((error) => error);
  }

  static async start(client: ExecServerClient): Promise<Worker> {
    const env = { PATH: "/usr/bin:/bin", PAD };
    return new Worker(
      await client.start({ argv: ["/bin/sh", "-c", SCRIPT], cwd: "/", env, pipeStdin: true }),
    );
  }

  /** No more writes: everything has to be there. */
  async finish(): Promise<void> {
    this.#stopped = true;
    const failure = await this.#writing ?? await this.#reading;
    if (failure !== undefined) throw failure;
    const { exitCode } = await this.#process.wait();
    if (exitCode !== 0) throw new Error(`A process ended with ${exitCode}`);
    if (this.accepted !== this.#sent) throw new Error(`${this.#sent} writes, ${this.accepted} accepted`);
    if (this.#lines !== this.#sent * 10) throw new Error(`${this.#sent} writes, ${this.#lines} lines of output`);
  }

  /** The server is gone: both sides have to say so. */
  async expectLoss(text: string): Promise<void> {
    for (const [what, work] of [["writing", this.#writing], ["reading", this.#reading]] as const) {
      const failure = await work;
      if (!(failure instanceof Error) || !failure.message.endsWith(text)) {
        throw new Error(`${what} should have failed with "${text}" but: ${failure}`);
      }
    }
  }

  async #write(): Promise<void> {
    const window: Promise<void>[] = [];
    while (!this.#stopped) {
      const bytes = new TextEncoder().encode(`${this.#sent++}\n`);
      const written = this.#process.write(bytes).then((status) => {
        if (status !== "accepted") throw new Error(`A write was answered with ${status}`);
        this.accepted++;
      });
      written.catch(() => {}); // the first to fail is enough
      window.push(written);
      if (window.length >= 4) await window.shift();
    }
    await Promise.all(window);
    await this.#process.write(new TextEncoder().encode("end\n")); // codex has no closeStdin
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const event of this.#process) {
      if (event.type !== "output") continue;
      this.outputBytes += event.bytes.length;
      const parts = (this.#rest + decoder.decode(event.bytes, { stream: true })).split("\n");
      this.#rest = parts.pop() as string;
      for (const line of parts) {
        const expected = `${Math.floor(this.#lines / 10)}.${this.#lines % 10} ${PAD}`;
        if (line !== expected) throw new Error(`Line ${this.#lines} is "${line.slice(0, 40)}"`);
        this.#lines++;
      }
    }
  }
}

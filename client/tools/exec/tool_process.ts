import { LIMITS, type ProcessHandle } from "../../../protocol/mod.ts";
import { HeadTailBuffer, type TakenOutput } from "./head_tail_buffer.ts";

/** How long output may keep coming behind the end of the process, from children that outlive it. */
const CLOSE_GRACE_MS = 50;

/** A process between the calls of a model: reads its output as it comes, so that it is never held up. */
export class ToolProcess implements AsyncDisposable {
  /** Whether it runs on a terminal, and so takes input. */
  readonly tty: boolean;
  readonly #handle: ProcessHandle;
  readonly #output = new HeadTailBuffer(LIMITS.maxToolOutputBytes);
  readonly #exited = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #exitCode: number | undefined;
  #failure: string | undefined;

  /** Reads from now on. */
  constructor(handle: ProcessHandle, tty: boolean) {
    this.#handle = handle;
    this.tty = tty;
    this.#read();
  }

  /** Its exit status once it ended. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Why it was lost; undefined as long as it was not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Whether it ended or was lost. */
  get ended(): boolean {
    return this.#exitCode !== undefined || this.#failure !== undefined;
  }

  /** Waits until it ended, or for so many ms, or until the call is given up. */
  async waitForExit(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.ended || ms <= 0) return;
    await before(this.#exited.promise, ms, signal);
  }

  /** Waits like {@linkcode waitForExit}, and behind the end a moment for the rest of the output. */
  async collect(ms: number, signal?: AbortSignal): Promise<TakenOutput> {
    await this.waitForExit(ms, signal);
    if (this.ended) await before(this.#closed.promise, CLOSE_GRACE_MS);
    return this.#output.take();
  }

  /** Writes to its terminal. @throws {Error} when it takes no input */
  async write(text: string): Promise<void> {
    const status = await this.#handle.write(new TextEncoder().encode(text));
    // what it answers when it has just ended is told by its exit code
    if (status === "starting") throw new Error("failed to write to stdin");
  }

  /** Interrupts its group. */
  interrupt(): Promise<void> {
    return this.#handle.signal("interrupt");
  }

  /** Ends it if it runs. A lost one cannot be reached; its executor ends it with the session. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#handle[Symbol.asyncDispose]();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #read(): Promise<void> {
    try {
      for await (const event of this.#handle) {
        if (event.type === "output") this.#output.push(event.bytes);
        else if (event.type === "exited") {
          this.#exitCode = event.exitCode;
          this.#exited.resolve();
        }
      }
      this.#closed.resolve();
      if (!this.ended) this.#fail(new Error("process events ended before the process"));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!this.ended) this.#failure = error instanceof Error ? error.message : String(error);
    this.#exited.resolve();
    this.#closed.resolve();
  }
}

/** Waits for something, but no longer than so many ms, nor when the call is given up. */
async function before(event: Promise<void>, ms: number, signal?: AbortSignal): Promise<void> {
  const { promise: givenUp, resolve } = Promise.withResolvers<void>();
  const give = () => resolve();
  const timer = setTimeout(give, ms);
  signal?.addEventListener("abort", give);
  if (signal?.aborted) give();
  await Promise.race([event, givenUp]);
  clearTimeout(timer);
  signal?.removeEventListener("abort", give);
}

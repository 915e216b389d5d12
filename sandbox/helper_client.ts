import { internalError, RpcError } from "../protocol/errors.ts";
import type { DenoFlags } from "./deno_flags.ts";
import type { HelperConfig, Ready, Walls } from "./helper/config.ts";
import { type Frame, FrameKind } from "./helper/frame.ts";
import { ABANDONED } from "./helper/operation.ts";
import type { Memory } from "./helper/memory.ts";
import type { Parameters } from "./helper/operation.ts";
import type { OperationName } from "./helper/operations.ts";
import type { CallExtras } from "./helper_access.ts";
import { HelperCall } from "./helper_call.ts";
import { readFrames } from "./helper_input.ts";
import { HelperOutput } from "./helper_output.ts";
import type { HelperProcess, SpawnHelper } from "./spawn_helper.ts";

const CHECK_BYTES = 64 * 1024 * 1024;
const STDERR_BYTES = 4096;
const PAGE_BYTES = 4096;

/** How a helper is started. */
export interface SandboxHelperOptions {
  /** Starts the process. */
  readonly spawn: SpawnHelper;
  /** Permissions of Deno that the policy needs, besides that of the C library. */
  readonly flags: DenoFlags;
  /** Its first message. */
  readonly config: HelperConfig;
  /** Is told what the next helper of the policy should know. */
  readonly learned?: (memory: Memory) => void;
}

/** The helper has to be replaced before this call can run; nothing was done. */
export class StaleHelperError extends Error {}

/** One helper process and the calls that are under way in it. */
export class SandboxHelper {
  readonly #process: HelperProcess;
  readonly #output: HelperOutput;
  readonly #calls = new Map<number, HelperCall<unknown>>();
  readonly #ready: Promise<Ready>;
  readonly #learned: ((memory: Memory) => void) | undefined;
  readonly #ended: Promise<void>;
  #lastId = 0;
  #moved = 0;
  #alive = true;
  #complaint = "";

  /** Starts the process; the first call waits for it. */
  constructor({ spawn, flags, config, learned }: SandboxHelperOptions) {
    const ffi = config.libc === undefined ? [] : [`--allow-ffi=${config.libc}`];
    this.#process = spawn({ ...flags, args: [...flags.args, ...ffi] });
    this.#learned = learned;
    const ready = new HelperCall<Ready>((end) => end as Ready);
    this.#calls.set(0, ready as unknown as HelperCall<unknown>);
    this.#ready = ready.result;
    this.#ready.then(() => this.#process.started(), () => {});
    this.#output = new HelperOutput(this.#process.stdin, () => {});
    this.#output.send({ id: 0, header: { ...config } });
    this.#ended = this.#follow();
  }

  /** Which walls stand. @throws {RpcError} when the helper did not start */
  async walls(): Promise<Walls> {
    return (await this.#ready).walls;
  }

  /** False as soon as the process has ended. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Calls that are under way. */
  get inFlight(): number {
    return this.#calls.size;
  }

  /** The process. */
  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Runs an operation.
   *
   * @param finish makes the result of the last header and what was collected
   * @throws {RpcError} what the operation failed with, or -32603 when the helper died
   * @throws {StaleHelperError} when it takes a new helper
   */
  call<T>(
    op: OperationName,
    parameters: Partial<Parameters>,
    finish: (end: unknown, call: HelperCall<T>) => T,
    { body, signal }: CallExtras = {},
  ): Promise<T> {
    if (signal?.aborted === true) return Promise.reject(internalError(ABANDONED));
    if (!this.#alive) return Promise.reject(this.#death());
    const id = this.#lastId = this.#lastId % 0xffff_fffe + 1;
    const call = new HelperCall<T>(finish);
    this.#calls.set(id, call as unknown as HelperCall<unknown>);
    this.#moved += body?.length ?? 0;
    this.#output.send({ id, header: { op, ...parameters }, body });
    return signal === undefined ? call.result : this.#abortable(id, call.result, signal);
  }

  /**
   * Whether so much went through it that its memory grew beyond `most` bytes for good; looks at the process rarely.
   */
  grown(most: number): boolean {
    if (this.#moved < CHECK_BYTES) return false;
    this.#moved = 0;
    try {
      const [, resident] = Deno.readTextFileSync(`/proc/${this.pid}/statm`).split(" ");
      return Number(resident) * PAGE_BYTES > most;
    } catch {
      // without such a file there is no way to tell
      return true;
    }
  }

  /** Ends the process; calls under way fail. */
  async close(): Promise<void> {
    await this.#output.close();
    this.#process.kill();
    await this.#ended;
  }

  /** The helper answers an operation that it gave up like one that failed. */
  async #abortable<T>(id: number, result: Promise<T>, signal: AbortSignal): Promise<T> {
    const cancel = () => this.#output.cancel(id);
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await result;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  /** Never rejects. */
  async #follow(): Promise<void> {
    const complaint = this.#readComplaint();
    try {
      await readFrames(this.#process.stdout, (frame) => this.#take(frame));
    } catch {
      // the same as an end
    }
    this.#alive = false;
    this.#process.kill();
    await Promise.allSettled([complaint, this.#process.status, this.#output.close()]);
    const death = this.#death();
    for (const call of this.#calls.values()) call.fail(death);
    this.#calls.clear();
  }

  #take(frame: Frame): void {
    if (frame.kind === FrameKind.News) return this.#learned?.(JSON.parse(frame.header) as Memory);
    const call = this.#calls.get(frame.id);
    if (call === undefined) return;
    this.#moved += frame.body.length;
    if (frame.kind === FrameKind.Part) return call.part(frame);
    this.#calls.delete(frame.id);
    if (frame.kind === FrameKind.Done) return call.done(frame.header);
    if (frame.kind === FrameKind.Stale) return call.fail(new StaleHelperError());
    const { code, message } = JSON.parse(frame.header) as { code: number; message: string };
    call.fail(new RpcError(code, message));
  }

  #death(): RpcError {
    const detail = this.#complaint === "" ? "" : `: ${this.#complaint}`;
    return internalError(`filesystem sandbox helper ended unexpectedly${detail}`);
  }

  async #readComplaint(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.#process.stderr) {
        const text = this.#complaint + decoder.decode(chunk, { stream: true });
        this.#complaint = text.slice(0, STDERR_BYTES).trimEnd();
      }
    } catch {
      // nothing more to read
    }
  }
}

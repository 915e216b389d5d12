import { LIMITS, TEXTS } from "../../protocol/mod.ts";
import type { ExitStatus } from "../posix/child_exit.ts";
import { errnoNumber, errnoText } from "../../sandbox/posix/errno.ts";
import {
  type Child,
  type ChildEvents,
  type ChildInput,
  type Spawner,
  SpawnError,
  type SpawnSpec,
  type StreamName,
} from "./spawner.ts";

/**
 * Starts children with `Deno.Command`, where the C library cannot be called: no terminals, argv[0] is always the
 * program's path, and each start forks (slower the more memory the server uses).
 */
export class CommandSpawner implements Spawner {
  readonly name = "Deno.Command";
  readonly terminals = false;
  readonly choosesArgv0 = false;

  spawn(spec: SpawnSpec, events: ChildEvents): Child {
    if (spec.stdio.kind === "terminal") throw new SpawnError("terminals need Linux with glibc and FFI permission");
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(spec.program, {
        args: spec.argv.slice(1),
        cwd: spec.cwd,
        clearEnv: true,
        env: Object.fromEntries(spec.env),
        detached: true,
        stdin: spec.stdio.stdin ? "piped" : "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      throw new SpawnError(textOf(error, spec.cwd), { cause: error });
    }
    return adopt(child, spec.stdio.stdin, events);
  }
}

function textOf(error: unknown, cwd: string): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (String(message).includes("nul byte")) return TEXTS.nulByte;
  // Deno says "not found" for a working directory that is a file
  if (code === "ENOENT" && isFile(cwd)) return errnoText(20);
  const errno = typeof code === "string" ? errnoNumber(code) : undefined;
  return errno === undefined ? String(message) : errnoText(errno);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function adopt(child: Deno.ChildProcess, withStdin: boolean, events: ChildEvents): Child {
  const pumps = [
    new StreamPump("stdout", child.stdout, events),
    new StreamPump("stderr", child.stderr, events),
  ];
  watchExit(child, events);
  return {
    pid: child.pid,
    streams: ["stdout", "stderr"],
    input: withStdin ? new StreamInput(child.stdin) : undefined,
    pause: () => pumps.forEach((pump) => pump.pause()),
    resume: () => pumps.forEach((pump) => pump.resume()),
    cancel: () => pumps.forEach((pump) => pump.cancel()),
    resize: () => {},
  };
}

async function watchExit(child: Deno.ChildProcess, events: ChildEvents): Promise<void> {
  let status: ExitStatus;
  try {
    const { code, signal } = await child.status;
    status = { code, signal: signal === null ? undefined : code - 128 };
  } catch (error) {
    // Deno knows no real-time signals and rejects: "Invalid signal: 40"
    const signal = Number(/Invalid signal: (\d+)/.exec(String(error))?.[1] ?? 9);
    status = { code: 128 + signal, signal };
  }
  events.exited(status);
}

/** Reads one stream of a child, unless paused. */
class StreamPump {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #gate: PromiseWithResolvers<void> | undefined;

  constructor(stream: StreamName, source: ReadableStream<Uint8Array>, events: ChildEvents) {
    this.#reader = source.getReader();
    this.#pump(stream, events);
  }

  pause(): void {
    this.#gate ??= Promise.withResolvers();
  }

  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  cancel(): void {
    this.resume();
    this.#reader.cancel().catch(() => {});
  }

  async #pump(stream: StreamName, events: ChildEvents): Promise<void> {
    try {
      while (true) {
        const { value, done } = await this.#reader.read();
        if (done) break;
        if (this.#gate !== undefined) await this.#gate.promise;
        for (let at = 0; at < value.length; at += LIMITS.outputChunkBytes) {
          events.output(stream, value.subarray(at, at + LIMITS.outputChunkBytes));
        }
      }
    } catch {
      // a broken pipe ends like a closed one
    }
    events.ended(stream);
  }
}

/** Writes to a child's stdin in order. */
class StreamInput implements ChildInput {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #queuedBytes = 0;
  #queuedChunks = 0;
  #closed = false;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(stream: WritableStream<Uint8Array>) {
    this.#writer = stream.getWriter();
    this.#writer.closed.catch(() => this.close());
  }

  get full(): boolean {
    return this.#queuedChunks >= LIMITS.maxStdinChunks || this.#queuedBytes >= LIMITS.maxStdinBytes;
  }

  room(): Promise<void> {
    if (!this.full || this.#closed) return Promise.resolve();
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#closed || bytes.length === 0) return;
    this.#queuedChunks++;
    this.#queuedBytes += bytes.length;
    try {
      await this.#writer.write(bytes);
    } catch {
      this.close();
    }
    this.#queuedChunks--;
    this.#queuedBytes -= bytes.length;
    if (!this.full) this.#signal();
  }

  end(): void {
    this.#writer.close().catch(() => {});
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#writer.abort().catch(() => {});
    this.#signal();
  }

  #signal(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

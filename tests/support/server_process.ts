import { lines } from "./lines.ts";

/** How to start a server. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Laid over the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
}

const KILL_AFTER_MS = 3_000;

/** An exec-server as a child process; the first line of its standard output is its URL. */
export class ServerProcess implements AsyncDisposable {
  /** `ws://IP:PORT`, or what else the server printed. */
  readonly url: string;
  /** Lines written to standard error so far. */
  readonly stderr: readonly string[];
  readonly #child: Deno.ChildProcess;
  readonly #outputs: Promise<unknown>;

  private constructor(child: Deno.ChildProcess, url: string, stderr: string[], outputs: Promise<unknown>) {
    this.#child = child;
    this.url = url;
    this.stderr = stderr;
    this.#outputs = outputs;
  }

  /** Starts a server and waits for its URL. @throws {Error} with its standard error when it ends before */
  static async start(command: ServerCommand): Promise<ServerProcess> {
    const child = new Deno.Command(command.program, {
      args: [...command.args],
      env: { NO_COLOR: "1", ...command.env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stderr: string[] = [];
    const url = Promise.withResolvers<string>();
    const out = collect(child.stdout, url.resolve);
    const err = collect(child.stderr, (line) => stderr.push(line));
    const outputs = Promise.all([out, err]);
    outputs.then(() => url.reject(new Error(`The server did not start: ${stderr.join("\n")}`)));
    try {
      return new ServerProcess(child, await url.promise, stderr, outputs);
    } catch (error) {
      await child.status;
      throw error;
    }
  }

  /** Process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves when the process has ended. */
  get status(): Promise<Deno.CommandStatus> {
    return this.#child.status;
  }

  /** Sends a signal; nothing happens when the process is gone. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** SIGTERM, and SIGKILL if that does not help. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), KILL_AFTER_MS);
    await Promise.all([this.status, this.#outputs]);
    clearTimeout(timer);
  }
}

async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>, take: (line: string) => void): Promise<void> {
  for await (const line of lines(stream)) take(line);
}

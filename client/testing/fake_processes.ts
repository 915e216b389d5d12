import { ErrorCode, invalidRequest, RpcError, TEXTS } from "../../protocol/mod.ts";

/** What a program was started with. */
export interface FakeCommand {
  /** Program and arguments. */
  readonly argv: readonly string[];
  /** Working directory as the client wrote it: a path or a `file:` URI. */
  readonly cwd: string;
  /** Variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it runs on a terminal. */
  readonly tty: boolean;
  /** Whether it has a stdin. */
  readonly pipeStdin: boolean;
}

/** What a program does. */
export interface FakeRun {
  /** What it writes. */
  readonly stdout?: string | undefined;
  /** What it writes to stderr. */
  readonly stderr?: string | undefined;
  /** How it ends; without a number it runs until it is terminated. Default 0. */
  readonly exitCode?: number | "runs" | undefined;
  /** Answers what is written to it, with more output; the result "exit" ends it. */
  readonly onInput?: ((text: string) => string | "exit") | undefined;
}

interface Running {
  readonly run: FakeRun;
  readonly chunks: { seq: number; stream: "stdout" | "stderr"; chunk: string }[];
  nextSeq: number;
  exitCode: number | null;
}

type Notify = (method: string, params: unknown) => void;

/** Programs that do what the test says. */
export class FakeProcesses {
  readonly #script: (command: FakeCommand) => FakeRun | undefined;
  readonly #notify: Notify;
  readonly #running = new Map<string, Running>();

  /** Nothing runs yet. @param script says what a program does, or that there is none; @param notify pushes events */
  constructor(script: (command: FakeCommand) => FakeRun | undefined, notify: Notify) {
    this.#script = script;
    this.#notify = notify;
  }

  /** Answers a method of `process/*`. @throws {RpcError} as a server does */
  answer(method: string, params: Readonly<Record<string, unknown>>): unknown {
    const processId = String(params.processId);
    if (method === "process/start") return this.#start(processId, params as unknown as FakeCommand);
    const process = this.#running.get(processId);
    switch (method) {
      case "process/read":
        if (process === undefined) throw invalidRequest(TEXTS.unknownProcess(processId));
        return read(process, Number(params.afterSeq ?? 0));
      case "process/write":
        if (process === undefined) return { status: "unknownProcess" };
        return { status: this.#write(processId, process, String(params.chunk)) };
      case "process/closeStdin":
        return { status: process === undefined ? "unknownProcess" : "accepted" };
      case "process/signal":
        return {};
      case "process/terminate":
        if (process === undefined || process.exitCode !== null) return { running: false };
        this.#exit(processId, process, 137);
        return { running: true };
      default:
        throw new RpcError(ErrorCode.MethodNotFound, `the fake server does not answer \`${method}\``);
    }
  }

  #start(processId: string, command: FakeCommand): unknown {
    if (this.#running.has(processId)) throw invalidRequest(TEXTS.processExists(processId));
    const run = this.#script(command);
    if (run === undefined) throw new RpcError(ErrorCode.Internal, "No such file or directory (os error 2)");
    const process: Running = { run, chunks: [], nextSeq: 1, exitCode: null };
    this.#running.set(processId, process);
    if (run.stdout) this.#output(processId, process, "stdout", run.stdout);
    if (run.stderr) this.#output(processId, process, "stderr", run.stderr);
    const { exitCode = run.onInput === undefined ? 0 : "runs" } = run;
    if (exitCode !== "runs") this.#exit(processId, process, exitCode);
    return { processId, sandboxType: "none" };
  }

  #write(processId: string, process: Running, chunk: string): string {
    if (process.run.onInput === undefined) return "stdinClosed";
    const answer = process.run.onInput(new TextDecoder().decode(Uint8Array.fromBase64(chunk)));
    if (answer === "exit") this.#exit(processId, process, 0);
    else if (answer !== "") this.#output(processId, process, "stdout", answer);
    return "accepted";
  }

  #output(processId: string, process: Running, stream: "stdout" | "stderr", text: string): void {
    const event = { seq: process.nextSeq++, stream, chunk: new TextEncoder().encode(text).toBase64() };
    process.chunks.push(event);
    this.#notify("process/output", { processId, ...event });
  }

  #exit(processId: string, process: Running, exitCode: number): void {
    process.exitCode = exitCode;
    this.#notify("process/exited", { processId, seq: process.nextSeq++, exitCode, sandboxDenied: false });
    this.#notify("process/closed", { processId, seq: process.nextSeq++ });
  }
}

function read({ chunks, nextSeq, exitCode }: Running, afterSeq: number): unknown {
  const ended = exitCode !== null;
  return {
    chunks: chunks.filter(({ seq }) => seq > afterSeq),
    nextSeq,
    exited: ended,
    exitCode,
    closed: ended,
    failure: null,
    sandboxDenied: false,
  };
}

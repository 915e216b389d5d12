import { residentMemory } from "../support/resident_memory.ts";
import { type ServerCommand, ServerProcess } from "../support/server_process.ts";
import { Rpc } from "./rpc.ts";

/** One of the servers that are measured side by side. */
export class Contender implements AsyncDisposable {
  readonly name: string;
  /** From the start of the program to its URL line. */
  readonly startMs: number;
  readonly #server: ServerProcess;
  #uris = true;

  private constructor(name: string, server: ServerProcess, startMs: number) {
    this.name = name;
    this.#server = server;
    this.startMs = startMs;
  }

  /** Starts a server and finds out which form of paths it takes. */
  static async start(name: string, command: ServerCommand): Promise<Contender> {
    const started = performance.now();
    const server = await ServerProcess.start(command);
    const contender = new Contender(name, server, performance.now() - started);
    using rpc = await contender.open();
    const failure = await rpc.call("fs/getMetadata", { path: "file:///" }).then(() => undefined, (error) => error);
    contender.#uris = failure?.code !== -32602;
    return contender;
  }

  /** Opens a connection with its own session. */
  open(): Promise<Rpc> {
    return Rpc.open(this.#server.url);
  }

  /** A path in the form this server takes. */
  path(path: string): string {
    return this.#uris ? `file://${path}` : path;
  }

  /** Resident memory of the server and its children in MB. */
  get memory(): number {
    return residentMemory(this.#server.pid) / 1e6;
  }

  /** Stops the server. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}

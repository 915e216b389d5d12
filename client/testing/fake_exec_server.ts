import {
  ErrorCode,
  memoryTransportPair,
  type NotificationName,
  type NotificationParams,
  Peer,
  RpcError,
  type Transport,
} from "../../protocol/mod.ts";
import { FakeFiles } from "./fake_files.ts";
import { type FakeCommand, FakeProcesses, type FakeRun } from "./fake_processes.ts";

/** What a {@linkcode FakeExecServer} knows. */
export interface FakeExecServerOptions {
  /** Files there are, by absolute path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** What a program does when it is started; undefined means that there is no such program. Default: none exists. */
  readonly run?: ((command: FakeCommand) => FakeRun | undefined) | undefined;
  /** Answers requests before everything else; undefined passes them on. Throw an RpcError to refuse. */
  readonly answer?: ((method: string, params: unknown) => unknown) | undefined;
}

/**
 * An exec-server in memory for the tests of programs that use the client: files and programs are what the test says.
 *
 * @example
 * ```ts
 * import { ExecServerClient, RemoteFilesystem, readFileText } from "../mod.ts";
 * import { FakeExecServer } from "./mod.ts";
 *
 * const server = new FakeExecServer({
 *   files: { "/work/greeting.txt": "hello" },
 *   run: ({ argv }) => argv[0] === "make" ? { stdout: "built\n", exitCode: 0 } : undefined,
 * });
 * await using client = await ExecServerClient.connect(server.transport(), { clientName: "test" });
 *
 * const filesystem = new RemoteFilesystem(() => Promise.resolve(client));
 * if (await readFileText(filesystem, "/work/greeting.txt") !== "hello") throw new Error("no greeting");
 *
 * await using process = await client.start({ argv: ["make"], cwd: "/work" });
 * if ((await process.wait()).exitCode !== 0) throw new Error("not built");
 *
 * await filesystem.writeFile("/work/out.txt", new TextEncoder().encode("done"));
 * if (server.files.text("/work/out.txt") !== "done") throw new Error("not written");
 * if (server.requests.at(-1)?.method !== "fs/writeFile") throw new Error("not asked");
 * ```
 */
export class FakeExecServer {
  /** The files, to look at and to change. */
  readonly files: FakeFiles;
  /** Every request so far, `initialize` included. */
  readonly requests: { readonly method: string; readonly params: unknown }[] = [];
  readonly #options: FakeExecServerOptions;
  readonly #processes: FakeProcesses;
  readonly #peers = new Set<Peer>();
  readonly #sessionId = crypto.randomUUID();

  /** Waits for clients. @param options what it knows */
  constructor(options: FakeExecServerOptions = {}) {
    this.#options = options;
    this.files = new FakeFiles(options.files);
    this.#processes = new FakeProcesses(
      (command) => options.run?.(command),
      (method, params) => {
        for (const peer of this.#peers) peer.notify(method, params);
      },
    );
  }

  /** The client's end of a new connection. A function that calls it is a target whose connection can be made again. */
  transport(): Transport {
    const [near, far] = memoryTransportPair();
    const peer = new Peer(far, {
      request: (method, params) => this.#answer(method, params),
      notification: () => {},
      isBarrier: () => false,
      strict: false,
      unexpected: reportError,
    });
    this.#peers.add(peer);
    peer.run().then(() => this.#peers.delete(peer));
    return near;
  }

  /** Sends a notification to every client. */
  notify<N extends NotificationName>(method: N, params: NotificationParams<N>): void {
    for (const peer of this.#peers) peer.notify(method, params);
  }

  /** Cuts every connection. */
  async disconnect(): Promise<void> {
    await Promise.all([...this.#peers].map((peer) => peer.close()));
  }

  #answer(method: string, params: unknown): unknown {
    this.requests.push({ method, params });
    const answer = this.#options.answer?.(method, params);
    if (answer !== undefined) return answer;
    const environmentInfo = { shell: { name: "sh", path: "/bin/sh" }, platformOs: "linux" };
    if (method === "initialize") return { sessionId: this.#sessionId, environmentInfo };
    if (method === "environment/info") return environmentInfo;
    if (method === "environment/status") return { status: "ready" };
    const members = params as Readonly<Record<string, unknown>>;
    if (method.startsWith("fs/")) return this.files.answer(method, members);
    if (method.startsWith("process/")) return this.#processes.answer(method, members);
    throw new RpcError(ErrorCode.MethodNotFound, `the fake server does not answer \`${method}\``);
  }
}

import type { ProcessSpec } from "../../protocol/mod.ts";
import { HelperPool, type Policy, type WallOptions } from "../../sandbox/mod.ts";
import { ExecServer } from "../../server/mod.ts";

const TIMEOUT_MS = 20_000;

/** How a program ended and what it printed. */
export interface ProgramResult {
  readonly exitCode: number;
  readonly output: string;
}

/**
 * Where checks try things: a folder with a place that profiles grant and one that they do not, and the parts of the
 * product itself.
 */
export class TestArea implements AsyncDisposable {
  /** What profiles grant: holds `note` with "inside". */
  readonly inside: string;
  /** What they do not: holds `secret` with "outside"; `inside/link` leads here. */
  readonly outside: string;
  readonly #root: string;
  readonly #server: ExecServer;

  private constructor(root: string, server: ExecServer) {
    this.#root = root;
    this.#server = server;
    this.inside = `${root}/inside`;
    this.outside = `${root}/outside`;
  }

  /** Makes the folder below the system's temporary one. */
  static async create(): Promise<TestArea> {
    const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "exec-server-doctor-" }));
    const area = new TestArea(root, await ExecServer.create());
    await Deno.mkdir(area.inside);
    await Deno.mkdir(area.outside);
    await Deno.writeTextFile(`${area.inside}/note`, "inside");
    await Deno.writeTextFile(`${area.outside}/secret`, "outside");
    await Deno.symlink(area.outside, `${area.inside}/link`);
    return area;
  }

  /** Runs a program as the server does, to its end. @throws {RpcError} as `process/start` does; {Error} after 20 s */
  async run(spec: Omit<ProcessSpec, "cwd">): Promise<ProgramResult> {
    const process = await this.#server.localExec().start({
      cwd: this.inside,
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      ...spec,
    });
    await using _ = process;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not end within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
    });
    try {
      const { exitCode } = await Promise.race([process.wait(), late]);
      const { chunks } = await process.read();
      const decoder = new TextDecoder();
      const output = chunks.map(({ bytes }) => decoder.decode(bytes, { stream: true })).join("");
      return { exitCode, output: output.replaceAll("\r\n", "\n").trim() };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Helpers with these walls alone. */
  helpers(walls: WallOptions): HelperPool {
    return new HelperPool({ walls });
  }

  /** Lets through what lies inside. */
  get policy(): Policy {
    return { entries: [{ path: this.inside, access: "write" }], denyGlobs: [], fullRead: false, fullWrite: false };
  }

  /** Ends everything and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await Deno.remove(this.#root, { recursive: true });
  }
}

import { assertEquals } from "@std/assert";
import type { ExecServerClient } from "../../client/mod.ts";
import { RpcError } from "../../protocol/mod.ts";
import { collectProcess } from "../support/collect_process.ts";
import type { Choices } from "../fuzz/json_mutation.ts";

/** Set for programs that may be killed from outside. */
export const VICTIM = "EXEC_SERVER_SOAK_VICTIM";

/** What one piece of work has at hand. */
export interface WorkPlace {
  readonly client: ExecServerClient;
  /** A folder of the worker's own. */
  readonly dir: string;
  readonly choices: Choices;
  /** Environment that marks everything started. */
  readonly env: Record<string, string>;
}

/** One kind of load; it checks what it gets. */
export type Work = (place: WorkPlace) => Promise<void>;

/** Everything the load is mixed of. @param httpUrl a server on this machine that answers `echo:` and the request's body */
export function mixedWork(httpUrl: string): Readonly<Record<string, Work>> {
  return {
    metadata: async ({ client, dir }) => {
      const { isDirectory } = await client.call("fs/getMetadata", { path: dir });
      assertEquals(isDirectory, true);
    },
    files: async ({ client, dir, choices }) => {
      const content = "x".repeat(choices.of([0, 1, 1_000, 100_000, 3_000_000]));
      await roundTrip(client, `${dir}/file`, content);
      await client.call("fs/copy", { sourcePath: `${dir}/file`, destinationPath: `${dir}/copy`, recursive: false });
      await client.call("fs/remove", { path: `${dir}/copy` });
    },
    sandboxed: async ({ client, dir, choices }) => {
      // a few policies come back, so that helpers are used again as well as started
      const own = `${dir}/policy${choices.below(4)}`;
      await client.call("fs/createDirectory", { path: own });
      await roundTrip(client, `${own}/file`, "content", restricted(own));
      await assertRefused(client.call("fs/readFile", { path: `${dir}/file`, sandbox: restricted(own) }));
    },
    handles: async ({ client, dir }) => {
      const handleId = crypto.randomUUID().slice(0, 8);
      await client.call("fs/open", { handleId, path: `${dir}/blocks`, mode: "replace" });
      for (let i = 0; i < 4; i++) {
        await client.call("fs/writeBlock", { handleId, offset: i * 1_000, chunk: btoa("b".repeat(1_000)) });
      }
      await client.call("fs/close", { handleId });
    },
    walk: async ({ client, dir }) => {
      const options = { maxDepth: 3, maxDirectories: 100, maxEntries: 100, followDirectorySymlinks: false };
      await client.call("fs/walk", { path: dir, options });
    },
    watch: async ({ client, dir, choices }) => {
      // an id below the last one is not watched, and that is fine as well
      await client.call("fs/watchMissing", { watchId: choices.below(2 ** 40), missing: [`${dir}/appears`] });
    },
    program: async ({ client, env, choices }) => {
      const text = `${choices.below(1e9)}`;
      const { stdout, exitCode } = await collectProcess(client, ["sh", "-c", `echo ${text}; exit 7`], { env });
      assertEquals({ stdout, exitCode }, { stdout: `${text}\n`, exitCode: 7 });
    },
    output: async ({ client, env }) => {
      const { stdout } = await collectProcess(client, ["head", "-c", "2000000", "/dev/zero"], { env });
      assertEquals(stdout.length, 2_000_000);
    },
    input: async ({ client, env }) => {
      const processId = crypto.randomUUID();
      const done = collectProcess(client, ["cat"], { processId, env, pipeStdin: true });
      await client.call("process/write", { processId, chunk: btoa("x".repeat(50_000)), writeId: "1" });
      await client.call("process/closeStdin", { processId });
      assertEquals((await done).stdout.length, 50_000);
    },
    terminal: async ({ client, env }) => {
      const { pty } = await collectProcess(client, ["sh", "-c", "stty size"], { env, tty: true, rows: 10, cols: 20 });
      assertEquals(pty, "10 20\r\n");
    },
    killed: async ({ client, env }) => {
      const processId = crypto.randomUUID();
      const done = collectProcess(client, ["sh", "-c", "sleep 300 & sleep 300"], { processId, env });
      await client.call("process/terminate", { processId });
      assertEquals((await done).exitCode, 137);
    },
    victim: async ({ client, env }) => {
      const { exitCode } = await collectProcess(client, ["sleep", "300"], {
        env: { ...env, [VICTIM]: Object.values(env).at(-1) as string },
      });
      assertEquals(exitCode, 137);
    },
    sandboxedProgram: async ({ client, env, dir }) => {
      const own = `${dir}/policy0`;
      await client.call("fs/createDirectory", { path: own });
      const sandbox = restricted(own, "read");
      try {
        const script = "echo x > made && cat made";
        const { stdout } = await collectProcess(client, ["sh", "-c", script], { env, cwd: own, sandbox });
        assertEquals(stdout, "x\n");
      } catch (error) {
        if (!(error instanceof Error) || !error.message.includes("bwrap")) throw error;
      }
    },
    http: async ({ client }) => {
      const requestId = crypto.randomUUID();
      const answer = await client.call("http/request", {
        requestId,
        method: "POST",
        url: httpUrl,
        headers: [],
        bodyBase64: btoa("body"),
      });
      assertEquals([answer.status, atob(answer.bodyBase64)], [200, "echo:body"]);
    },
  };
}

async function roundTrip(client: ExecServerClient, path: string, content: string, sandbox?: Record<string, unknown>) {
  const options = sandbox === undefined ? {} : { sandbox };
  await client.call("fs/writeFile", { path, dataBase64: btoa(content), ...options });
  const { dataBase64 } = await client.call("fs/readFile", { path, ...options });
  if (atob(dataBase64) !== content) throw new Error("a file came back different");
}

async function assertRefused(call: Promise<unknown>): Promise<void> {
  // what is not granted looks as if it were not there
  const refused = await call.then(() => false, (error) => error instanceof RpcError);
  if (!refused) throw new Error("a sandboxed request was not refused");
}

/** Writes in one folder; reads there, or everything. */
function restricted(folder: string, elsewhere: "none" | "read" = "none"): Record<string, unknown> {
  const root = { path: { type: "special", value: { kind: "root" } }, access: "read" };
  const entries = [
    ...(elsewhere === "read" ? [root] : []),
    { path: { type: "path", path: folder }, access: "write" },
  ];
  return {
    permissions: { type: "managed", file_system: { type: "restricted", entries }, network: "restricted" },
    cwd: folder,
    windowsSandboxLevel: "disabled",
    useLegacyLandlock: false,
  };
}

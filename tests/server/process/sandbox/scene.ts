import { ExecServerClient } from "../../../../client/mod.ts";
import { type CollectedProcess, collectProcess, type StartOverrides } from "../../../support/collect_process.ts";
import { type ProfileLine, sandboxOf } from "../../../support/profiles_on_wire.ts";
import type { ServerProcess } from "../../../support/server_process.ts";
import { startServer } from "../../../support/test_server.ts";

/** A server with a workspace, a place beside it, and a client. */
export interface SandboxScene extends AsyncDisposable {
  readonly server: ServerProcess;
  readonly client: ExecServerClient;
  /** Real path of everything below. */
  readonly root: string;
  /** `ROOT/ws`, writable by {@linkcode WORKSPACE} profiles. */
  readonly ws: string;
  /** `ROOT/out`, with a file `secret`. */
  readonly out: string;
  /** Runs `sh -c` in the workspace under a profile; `$` in its lines is ROOT. */
  sh(lines: readonly ProfileLine[], script: string, overrides?: StartOverrides): Promise<CollectedProcess>;
}

/** Reads everything and writes the workspace: what Codex runs commands with by default. */
export const WORKSPACE: readonly ProfileLine[] = ["r :root", "w $/ws"];

/** What the file outside holds. */
export const SECRET = "top secret";

/** Whether bubblewrap can work here; its tests are ignored visibly otherwise. */
export const HAS_BWRAP = Deno.build.os === "linux" && hasWorkingBwrap();

function hasWorkingBwrap(): boolean {
  try {
    const args = ["--unshare-user", "--unshare-net", "--ro-bind", "/", "/", "--proc", "/proc", "--", "/bin/true"];
    return new Deno.Command("bwrap", { args, stdin: "null", stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Builds a scene on a server of its own. @param args of the server */
export async function sandboxScene(...args: string[]): Promise<SandboxScene> {
  const root = Deno.realPathSync(Deno.makeTempDirSync({ dir: "/var/tmp", prefix: "exec-server-scene-" }));
  Deno.chmodSync(root, 0o755);
  const ws = `${root}/ws`, out = `${root}/out`;
  for (const path of [ws, out]) Deno.mkdirSync(path);
  Deno.writeTextFileSync(`${out}/secret`, SECRET);
  const server = await startServer(...args);
  const client = await ExecServerClient.connect(server.url, { clientName: "test" });
  return {
    server,
    client,
    root,
    ws,
    out,
    sh(lines, script, overrides = {}) {
      const profile = lines.map((line) => line.replace("$", root) as ProfileLine);
      const sandbox = sandboxOf(profile, ws);
      return collectProcess(client, ["/bin/sh", "-c", script], { cwd: ws, sandbox, ...overrides });
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      Deno.removeSync(root, { recursive: true });
    },
  };
}

/** All names below a directory, and what files hold. */
export function treeOf(path: string, name = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of Deno.readDirSync(path)) {
    const below = `${name}${entry.name}`;
    if (entry.isDirectory) Object.assign(found, { [below]: "directory" }, treeOf(`${path}/${entry.name}`, `${below}/`));
    else found[below] = entry.isFile ? Deno.readTextFileSync(`${path}/${entry.name}`) : "other";
  }
  return found;
}

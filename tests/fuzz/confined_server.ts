import { fromFileUrl } from "@std/path";
import { childrenOf } from "../faults/support/descendants.ts";
import { ServerProcess } from "../support/server_process.ts";
import { watchedArguments } from "../support/watched_server.ts";
import { until } from "../support/until.ts";

const REPOSITORY = fromFileUrl(new URL("../../", import.meta.url)).replace(/\/$/, "");

/** A server that can change nothing but one folder, reach no network and signal nothing but its own children. */
export interface ConfinedServer extends AsyncDisposable {
  readonly process: ServerProcess;
  /** Process id of the server itself. */
  readonly pid: number;
}

/**
 * Starts our server in bubblewrap, listening on a unix socket in the folder, so that whatever strangers' messages make
 * it do stays there. Its door for a {@linkcode Door} is `door` in the folder.
 *
 * @throws {Error} without bubblewrap: what a fuzzer may ask a server for must not run unconfined
 */
export async function startConfined(root: string, ...args: string[]): Promise<ConfinedServer> {
  const deno = await Deno.realPath(Deno.execPath());
  const process = await ServerProcess.start({
    program: "bwrap",
    args: [
      ...["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--bind", root, root],
      // it may lie in /tmp
      ...["--ro-bind", REPOSITORY, REPOSITORY],
      ...["--unshare-net", "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--new-session"],
      ...["--setenv", "HOME", root, "--setenv", "TMPDIR", root],
      ...[deno, ...watchedArguments(`${root}/door`, "--listen", `unix://${root}/socket`, ...args)],
    ],
    env: { DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno` },
  });
  const isServer = (pid: number) => Deno.readTextFileSync(`/proc/${pid}/cmdline`).startsWith(deno);
  const below = (pid: number): number[] => childrenOf(pid).flatMap((child) => [child, ...below(child)]);
  let pid: number | undefined;
  await until("the server is found", () => (pid = below(process.pid).find(isServer)) !== undefined);
  return { process, pid: pid as number, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}

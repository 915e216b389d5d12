import { fromFileUrl } from "@std/path";
import type { ServerCommand } from "./server_process.ts";
import { ServerProcess } from "./server_process.ts";

const PROGRAM = fromFileUrl(new URL("../../mod.ts", import.meta.url));

/** The command line of our server; stdio instead of a websocket with `--listen stdio`. */
export function serverCommand(...args: string[]): ServerCommand {
  const listen = args.includes("--listen") ? [] : ["--listen", "ws://127.0.0.1:0"];
  return { program: Deno.execPath(), args: ["run", "-A", "--quiet", PROGRAM, ...listen, ...args] };
}

/**
 * Starts our server on a free port, or where `--listen` says, and waits until it listens.
 *
 * @example
 * ```ts ignore
 * await using server = await startServer("--session-ttl", "1s");
 * await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
 * ```
 */
export function startServer(...args: string[]): Promise<ServerProcess> {
  return ServerProcess.start(serverCommand(...args));
}

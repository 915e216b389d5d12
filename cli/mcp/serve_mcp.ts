import { createMcpHandler, localhostAllowedHostnames } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { LIMITS } from "../../protocol/mod.ts";
import { type SelectedEnvironment, Toolset } from "../../client/tools/mod.ts";
import { AuthGate } from "../../server/auth/auth_gate.ts";
import { isLoopbackAddress } from "../../server/loopback.ts";
import { type Authenticator, errorStack, type Logger, type LogLevel, stderrLogger } from "../../server/mod.ts";
import { guard, stopSignal } from "../service.ts";
import { printLine, ReaderGoneError } from "../standard_output.ts";
import { HttpGuard } from "./http_guard.ts";
import type { McpListen } from "./mcp_listen.ts";
import { selectEnvironments, type SelectionFlags } from "./select_environments.ts";
import { toolServerFactory, type ToolServerOptions } from "./tool_server.ts";

/** Clients give up a call after 60 s unless they are told otherwise. */
const MAX_POLL_MS = 50_000;

/** What an MCP server was asked to serve. */
export interface ServeMcpOptions {
  /** Where it is reached. */
  readonly listen: McpListen;
  /** What its tools work on. */
  readonly selection: SelectionFlags;
  /** Who may use an HTTP listener; absent lets everybody in who reaches a loopback address. */
  readonly authenticator?: Authenticator | undefined;
  /** Host names, besides the address, that HTTP requests may be for. */
  readonly hostnames: readonly string[];
  /** The loudest log level. */
  readonly logLevel: LogLevel;
}

/**
 * Serves the tools over MCP until a signal or, on stdio, the end of input.
 *
 * @returns the exit status
 * @throws {Error} when it cannot start
 */
export async function serveMcp({ listen, selection, logLevel, ...options }: ServeMcpOptions): Promise<number> {
  const log = stderrLogger(logLevel);
  guard((error) => log.error("unexpected error", { error: errorStack(error) }));
  if (listen.kind === "http" && options.authenticator === undefined && !isLoopbackAddress(listen.hostname)) {
    throw new Error("an address that is not loopback needs --token-file");
  }
  await using selected = await selectEnvironments(selection);
  await using tools = new Toolset({
    environments: selected.environments,
    freeformPatch: false,
    maxPollMs: MAX_POLL_MS,
  });
  const stop = new AbortController();
  stopSignal().then(() => stop.abort());
  const server = { tools, instructions: instructionsFor(selected.environments), stop: stop.signal };
  if (listen.kind === "stdio") await overStdio(server, log);
  else await overHttp(server, listen, { ...options, log });
  return 0;
}

async function overStdio(server: ToolServerOptions, log: Logger): Promise<void> {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const { stdin } = await import("node:process");
  for (const event of ["end", "close"]) stdin.once(event, () => resolve());
  const handle = serveStdio(toolServerFactory(server), { onerror: (error) => report(log, error) });
  await Promise.race([ended, aborted(server.stop)]);
  await handle.close();
}

async function overHttp(
  server: ToolServerOptions,
  { hostname, port }: { readonly hostname: string; readonly port: number },
  { authenticator, hostnames, log }: {
    readonly authenticator?: Authenticator | undefined;
    readonly hostnames: readonly string[];
    readonly log: Logger;
  },
): Promise<void> {
  const names = isLoopbackAddress(hostname) ? localhostAllowedHostnames() : [bracketed(hostname)];
  const httpGuard = new HttpGuard({
    hostnames: [...names, ...hostnames],
    gate: authenticator && new AuthGate(authenticator, log),
  });
  const handler = createMcpHandler(toolServerFactory(server), {
    maxRequestBodySize: LIMITS.maxFrameBytes,
    onerror: (error) => report(log, error),
  });
  const listener = Deno.serve({ hostname, port, onListen: () => {} }, (request, { remoteAddr, completed }) => {
    const address = remoteAddr.transport === "tcp" ? remoteAddr.hostname : "";
    return httpGuard.serve(request, address, (admitted) => {
      // a call whose client is gone waits no longer
      const gone = new AbortController();
      completed.catch(() => gone.abort());
      const { url, method, headers, body } = admitted;
      return handler.fetch(new Request(url, { method, headers, body, signal: gone.signal }));
    });
  });
  await printLine(`http://${bracketed(hostname)}:${listener.addr.port}/mcp`).catch(ignoreMissingReader);
  log.info("listening", { kind: "http" });
  await aborted(server.stop);
  // calls return what they have; a stream that a client keeps open does not hold up the end
  const { promise: drained, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LIMITS.drainTimeoutMs);
  await Promise.race([listener.shutdown(), drained]);
  clearTimeout(timer);
  await handler.close();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** For the model, once at the start. */
function instructionsFor(environments: readonly SelectedEnvironment[]): string {
  const lines = environments.map(({ environment, cwd }, i) => {
    return `- \`${environment.id}\`${i === 0 ? " (used when a call names none)" : ""}: works in ${cwd}`;
  });
  return `The tools work on ${environments.length === 1 ? "this environment" : "these environments"}:\n${
    lines.join("\n")
  }`;
}

/** What a client sent is not logged, only that something was wrong with it. */
function report(log: Logger, error: Error): void {
  log.warn("MCP error", { error: error.name });
}

function bracketed(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

function ignoreMissingReader(error: unknown): void {
  if (!(error instanceof ReaderGoneError)) throw error;
}

import { serverCommand } from "../support/test_server.ts";
import { type ServerCommand, ServerProcess } from "../support/server_process.ts";
import type { Combination } from "./combination.ts";

/** A variable only the server has: a command that sees it did not run on the client's side. */
export const MARK = { name: "INTEROP_MARK", value: "server" } as const;

/** The server under test: running already, or a command that codex starts itself. */
export interface Executor extends AsyncDisposable {
  readonly url?: string;
  readonly command?: ServerCommand;
}

/** Our server for one combination, or with `original` the exec-server of the codex binary itself: the baseline. */
export async function startExecutor(
  { placement }: Combination,
  codex: string,
  original: boolean,
): Promise<Executor> {
  const env = { [MARK.name]: MARK.value };
  if (placement === "stdio") {
    const command = original
      ? { program: codex, args: ["exec-server", "--listen", "stdio"] }
      : serverCommand("--listen", "stdio");
    // codex gets another HOME, in which Deno would look for its modules in vain
    const variables = Object.entries({ ...env, DENO_DIR: await denoDir() }).map(([name, value]) => `${name}=${value}`);
    return {
      command: { program: "/usr/bin/env", args: [...variables, command.program, ...command.args] },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  if (!original) {
    const server = await ServerProcess.start({ ...serverCommand(), env });
    return { url: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  }
  // codex makes no helper links in the folder for temporary files
  const home = await Deno.makeTempDir({ dir: Deno.env.get("HOME") ?? "/", prefix: ".exec-server-interop-" });
  const args = ["exec-server", "--listen", "ws://127.0.0.1:0"];
  const server = await ServerProcess.start({ program: codex, args, env: { ...env, CODEX_HOME: home } });
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    },
  };
}

/** Where Deno keeps its modules. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

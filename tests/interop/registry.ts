// deno-lint-ignore-file no-console -- a command line tool
/**
 * Runs unmodified codex executors and CLIs with our registry between them and ours: `deno task interop:registry`. Exits
 * with 1 when two that should get on do not.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { environmentUrl, ExecServerClient } from "../../client/mod.ts";
import { CapabilityToken } from "../../server/mod.ts";
import { RegistryServer } from "../../server/registry/mod.ts";
import { exists } from "../support/exists.ts";
import { ChaosProxy } from "../support/chaos_proxy.ts";
import { collectProcess } from "../support/collect_process.ts";
import { tempDir } from "../support/temp_dir.ts";
import { serverCommand } from "../support/test_server.ts";
import { codexBinary } from "./codex_binary.ts";
import { CodexSession } from "./codex_session.ts";
import { MARK } from "./executor.ts";
import { recordRegistration } from "./registration_parity.ts";
import { MockModel } from "./mock_model.ts";
import { noiseClient } from "./noise_client.ts";

const TOKEN = "interop-token";
const TIME_LIMIT_MS = 50_000;
// nothing but loopback is reached
const NO_NETWORK = { HTTPS_PROXY: "http://127.0.0.1:9", HTTP_PROXY: "http://127.0.0.1:9", NO_PROXY: "127.0.0.1" };

interface Program {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

if (import.meta.main) {
  await using registry = await startRegistry();
  const old = await codexBinary("0.130.0"), recent = await codexBinary("0.169.0");
  const remote = ["--remote", registry.url];
  const ours = (...args: string[]): Program => ({
    ...serverCommand("--listen", "stdio"),
    args: [...serverCommand().args.filter((arg) => !/^(--listen|ws:)/.test(arg)), ...remote, ...args],
    env: { CODEX_EXEC_SERVER_REMOTE_BEARER_TOKEN: TOKEN },
  });
  const noise = { registryUrl: registry.url, bearerToken: TOKEN, id: "noise", timeLimitMs: TIME_LIMIT_MS };
  const results = [
    await check("our executor registers as codex 0.130.0 does", async () => {
      const [theirs, mine] = await Promise.all([
        recordRegistration({ program: old, args: ["exec-server"] }),
        recordRegistration({ ...ours(), args: ours().args.filter((arg) => arg !== remote[0] && arg !== remote[1]) }),
      ]);
      assertEquals(mine, theirs);
    }),
    await check("codex 0.130.0 executor, our client", async () => {
      const args = ["exec-server", ...remote, "--executor-id", "old"];
      await using _executor = await start({ program: old, args, env: ours().env ?? {} });
      await ourClient(await urlOf(registry.url, "old"), await urlOf(registry.url, "old"));
    }),
    await check("our executor, codex 0.130.0 CLI", async () => {
      await using _executor = await start(ours("--executor-id", "direct"));
      await codexCli(old, { CODEX_EXEC_SERVER_URL: await urlOf(registry.url, "direct") });
    }),
    await check("our environment, our client", async () => {
      await using _executor = await start(ours("--environment-id", "relay", "--remote-transport", "plain"));
      await ourClient(await urlOf(registry.url, "relay"), await urlOf(registry.url, "relay"));
    }),
    await check("our environment, codex 0.169.0 CLI over relay frames", async () => {
      await using _executor = await start(ours("--environment-id", "relay2", "--remote-transport", "plain"));
      await codexCli(recent, { CODEX_EXEC_SERVER_URL: await urlOf(registry.url, "relay2") });
    }),
    await check("codex 0.169.0 environment, codex 0.169.0 CLI over Noise", async () => {
      await using _executor = await start(noiseExecutor(recent, remote));
      await codexCli(recent, noiseVariables(registry.url));
    }),
    await check("codex 0.169.0 environment, our client over Noise, cut and resumed", async () => {
      await using proxy = new ChaosProxy(registry.url);
      await using _executor = await start(noiseExecutor(recent, ["--remote", proxy.url.replace("ws", "http")]));
      await noiseClient({ ...noise, cutExecutor: () => proxy.cut() });
    }),
    await check("our environment, our client over Noise, cut and resumed", async () => {
      await using proxy = new ChaosProxy(registry.url);
      const program = ours("--environment-id", "noise");
      const args = program.args.map((arg) => arg === registry.url ? proxy.url.replace("ws", "http") : arg);
      await using _executor = await start({ ...program, args });
      await noiseClient({ ...noise, cutExecutor: () => proxy.cut() });
    }),
    await check("our environment, codex 0.169.0 CLI over Noise", async () => {
      await using _executor = await start(ours("--environment-id", "noise"));
      await codexCli(recent, noiseVariables(registry.url));
    }),
    await check("our environment, codex 0.169.0 CLI over Noise, cut and resumed", async () => {
      await using proxy = new ChaosProxy(registry.url);
      const url = proxy.url.replace("ws", "http");
      const program = ours("--environment-id", "noise");
      await using _executor = await start({
        ...program,
        args: program.args.map((arg) => arg === registry.url ? url : arg),
      });
      // the harness is told of the rendezvous by the host it asks, so it is cut as well
      await codexCli(recent, noiseVariables(url), () => proxy.cut());
    }),
    await check("codex 0.169.0 environment, our client without Noise: refused", async () => {
      await using _executor = await start(noiseExecutor(recent, remote));
      const refusal = await urlOf(registry.url, "noise").then(() => "", (error) => String(error));
      if (!refusal.includes("unsupported_security_profile")) throw new Error(`it was not refused: ${refusal}`);
    }),
  ];
  Deno.exitCode = results.every(Boolean) ? 0 : 1;
}

async function check(name: string, run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
    console.log(`pass ${name}`);
    return true;
  } catch (error) {
    console.log(`FAIL ${name}: ${error instanceof Error ? error.stack : error}`);
    return false;
  }
}

async function startRegistry(): Promise<{ url: string } & AsyncDisposable> {
  const server = new RegistryServer({ authenticator: await CapabilityToken.of(TOKEN) });
  const url = await server.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 });
  return { url, [Symbol.asyncDispose]: () => server.close() };
}

function noiseVariables(registryUrl: string): Record<string, string> {
  return {
    CODEX_EXEC_SERVER_NOISE_REGISTRY_URL: registryUrl,
    CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID: "noise",
    CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: TOKEN,
  };
}

function noiseExecutor(program: string, remote: readonly string[]): Program {
  return {
    program,
    args: ["exec-server", ...remote, "--environment-id", "noise", "--remote-transport", "noise"],
    env: { CODEX_API_KEY: TOKEN },
  };
}

/** Starts an executor with a home of its own; the registry lets clients wait for it. */
async function start({ program, args, env }: Program): Promise<AsyncDisposable> {
  const home = await tempDir();
  const child = new Deno.Command(program, {
    args: [...args],
    env: { ...NO_NETWORK, [MARK.name]: MARK.value, CODEX_HOME: home.path, NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGTERM");
      } catch {
        // it has ended
      }
      await child.status;
      await home[Symbol.asyncDispose]();
    },
  };
}

/** Asks until the executor has registered. */
async function urlOf(registryUrl: string, id: string): Promise<string> {
  const deadline = performance.now() + TIME_LIMIT_MS;
  while (true) {
    try {
      return await environmentUrl(id, { registryUrl, bearerToken: TOKEN });
    } catch (error) {
      if (!String(error).includes("environment_not_found") || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Runs a process over one rendezvous, and finds the session again over the next. */
async function ourClient(url: string, again: string): Promise<void> {
  const first = await ExecServerClient.connect(url, { clientName: "interop" });
  const { stdout, exitCode } = await collectProcess(first, ["/bin/sh", "-c", "echo hello; exit 3"]);
  if (stdout !== "hello\n") throw new Error(`unexpected output ${JSON.stringify(stdout)}`);
  if (exitCode !== 3) throw new Error(`unexpected exit code ${exitCode}`);
  const start = { processId: "cat", argv: ["/bin/cat"], cwd: "/", env: {}, tty: false, pipeStdin: true };
  await first.call("process/start", start);
  await first.close();
  await using second = await ExecServerClient.connect(again, {
    clientName: "interop",
    resumeSessionId: first.sessionId,
  });
  const { running } = await second.call("process/terminate", { processId: "cat" });
  if (!running) throw new Error("the process did not outlive the rendezvous");
}

/** Lets the CLI run one command and apply a patch there. @param cut is called while the command runs */
async function codexCli(codex: string, env: Readonly<Record<string, string>>, cut?: () => void): Promise<void> {
  const wait = cut === undefined ? "" : "touch started; sleep 3; ";
  const cmd = `${wait}echo on-$${MARK.name}; exit 3`;
  await using model = new MockModel([
    [MockModel.functionCall("exec", "exec_command", { cmd, login: false, yield_time_ms: 30_000 })],
    [MockModel.customCall("patch", "apply_patch", "*** Begin Patch\n*** Add File: made.txt\n+made\n*** End Patch")],
  ]);
  await using session = await CodexSession.prepare(codex, model.url);
  const running = session.run({ env: { ...env }, timeLimitMs: TIME_LIMIT_MS });
  if (cut !== undefined) {
    let ended = false;
    running.finally(() => ended = true).catch(() => {});
    while (!ended && !exists(`${session.workspace}/started`)) await pause();
    cut();
  }
  const { success, stderr } = await running;
  const output = model.outputs.get("exec") ?? "";
  const made = await Deno.readTextFile(`${session.workspace}/made.txt`).catch(() => undefined);
  if (made !== "made\n") throw new Error(`the patch was not applied: ${model.outputs.get("patch")}`);
  if (!success || !output.includes(`on-${MARK.value}`) || !output.includes("exited with code 3")) {
    throw new Error(`unexpected result ${JSON.stringify(output)}: ${stderr.trim().split("\n").slice(-5).join(" | ")}`);
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

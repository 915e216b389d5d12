import { assertEquals } from "@std/assert";
import { environmentTransport, ExecServerClient } from "../../client/mod.ts";
import type { ProcessHandle } from "../../protocol/mod.ts";
import { RegistryError } from "../../protocol/registry/registry_error.ts";
import { ChaosProxy } from "../support/chaos_proxy.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

const LINES = 300;
const ENV = { PATH: "/usr/bin:/bin" };

/** What {@linkcode noiseClient} works with. */
export interface NoiseClientOptions {
  readonly registryUrl: string;
  readonly bearerToken: string;
  /** The environment. */
  readonly id: string;
  /** Cuts what the executor has open. */
  readonly cutExecutor: () => void;
  /** How long anything may take, ms. */
  readonly timeLimitMs: number;
}

/**
 * Our client at an executor over Noise: runs a command, writes and reads a file, streams output, and loses nothing while
 * first its own connections and then the executor's are cut.
 */
export async function noiseClient(options: NoiseClientOptions): Promise<void> {
  const { registryUrl, cutExecutor, timeLimitMs } = options;
  await using proxy = new ChaosProxy(registryUrl);
  await using client = await connect({ ...options, registryUrl: proxy.url.replace("ws", "http") });
  await using command = await client.start({
    argv: ["/bin/sh", "-c", "read line; echo got $line; exit 3"],
    cwd: "/",
    env: ENV,
    pipeStdin: true,
  });
  await command.write(new TextEncoder().encode("hello\n"));
  assertEquals(await outputOf(command), "got hello\n");
  assertEquals((await command.wait()).exitCode, 3);
  await using folder = await tempDir();
  const path = `file://${folder.path}/file`, dataBase64 = crypto.getRandomValues(new Uint8Array(65_000)).toBase64();
  await client.call("fs/writeFile", { path, dataBase64 });
  assertEquals(await client.call("fs/readFile", { path }), { dataBase64 });
  let losses = 0;
  using _watch = client.onDisconnect(() => losses++);
  const script = `i=0; while [ $i -lt ${LINES} ]; do echo $i; i=$((i+1)); sleep 0.01; done; exit 7`;
  await using stream = await client.start({ argv: ["/bin/sh", "-c", script], cwd: "/", env: ENV });
  const cut = new Set<string>();
  const text = await outputOf(stream, (text) => {
    const lines = text.split("\n").length;
    if (lines > 50 && !cut.has("client")) {
      cut.add("client");
      proxy.cut();
    } else if (lines > 150 && !cut.has("executor")) {
      cut.add("executor");
      cutExecutor();
    }
  });
  assertEquals(text, Array.from({ length: LINES }, (_, i) => `${i}\n`).join(""));
  assertEquals((await stream.wait()).exitCode, 7);
  await until("both connections were lost", () => losses >= 2, timeLimitMs);
  await until("it is connected again", () => client.connected, timeLimitMs);
  assertEquals((await client.call("environment/status", null)).status, "ready");
}

/** Asks until the executor has registered. */
async function connect({ registryUrl, bearerToken, id, timeLimitMs }: NoiseClientOptions): Promise<ExecServerClient> {
  const deadline = performance.now() + timeLimitMs;
  while (true) {
    try {
      const target = environmentTransport(id, { registryUrl, bearerToken });
      return await ExecServerClient.connect(target, { clientName: "interop", recovery: "resume" });
    } catch (error) {
      const early = error instanceof RegistryError && error.message.includes("environment_not_found");
      if (!early || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function outputOf(process: ProcessHandle, progress: (text: string) => void = () => {}): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const event of process) {
    if (event.type !== "output") continue;
    text += decoder.decode(event.bytes, { stream: true });
    progress(text);
  }
  return text;
}

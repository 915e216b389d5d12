// deno-lint-ignore-file no-console -- a command line tool
/**
 * Measures the client library against the least a client can do on the same server: the same work in interleaved rounds.
 *
 *     deno task bench:client [--rounds=5] [--megabytes=200]
 *
 * @module
 */
import { ExecServerClient } from "../../client/mod.ts";
import { ChaosProxy } from "../support/chaos_proxy.ts";
import { startServer } from "../support/test_server.ts";
import { Rpc } from "./rpc.ts";
import { elapsed, percentile } from "./samples.ts";

const rounds = Number(option("rounds") ?? "5");
const megabytes = Number(option("megabytes") ?? "200");
const path = "file:///etc/hostname";
const argv = ["/bin/sh", "-c", `head -c ${megabytes}000000 /dev/zero`];

/** Milliseconds of each way, by what was measured. */
const samples = new Map<string, { raw: number[]; client: number[] }>();

await using server = await startServer();
for (let round = 0; round < rounds; round++) {
  {
    using raw = await Rpc.open(server.url);
    await using client = await ExecServerClient.connect(server.url, { clientName: "bench" });
    const direct = () => raw.call("fs/getMetadata", { path, sandbox: null });
    const library = () => client.call("fs/getMetadata", { path, sandbox: null });
    const ways = { raw: direct, client: library } as const;
    // one after the other, since what else runs on the machine changes faster than a round
    for (let i = 0; i < 1000; i++) {
      for (const way of ["raw", "client"] as const) {
        const ms = await elapsed(ways[way]);
        if (i >= 100) add("getMetadata, 1 in flight, ms", way, [ms]);
      }
    }
    for (let i = 0; i < 20; i++) {
      for (const way of ["raw", "client"] as const) {
        add("500 getMetadata, 16 in flight, ms", way, [await pooled(500, ways[way])]);
      }
    }
  }
  const output = `${megabytes} MB of output, ms`;
  add(output, "raw", [
    await elapsed(async () => {
      using raw = await Rpc.open(server.url);
      check(await raw.run(argv, "file:///"));
    }),
  ]);
  add(output, "client", [
    await elapsed(async () => {
      await using client = await ExecServerClient.connect(server.url, { clientName: "bench" });
      await using process = await client.start({ argv, cwd: "/", env: { PATH: "/usr/bin:/bin" } });
      let bytes = 0;
      for await (const event of process) if (event.type === "output") bytes += event.bytes.length;
      check(bytes);
    }),
  ]);
  add("resume after a cut, ms", "client", await resumes(10));
}

console.log(`Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, ${rounds} rounds\n`);
console.log("| measured | raw wire | client | raw / client |\n|---|---|---|---|");
for (const [name, { raw, client }] of samples) {
  const [a, b] = [percentile(raw, 0.5), percentile(client, 0.5)];
  const cells = [name, Number.isNaN(a) ? "" : a.toFixed(3), b.toFixed(3), Number.isNaN(a) ? "" : (a / b).toFixed(3)];
  console.log(`| ${cells.join(" | ")} |`);
}

async function pooled(count: number, action: () => Promise<unknown>): Promise<number> {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await action();
  };
  return await elapsed(() => Promise.all(Array.from({ length: 16 }, worker)));
}

/** From the cut to the answer of a call made right after it. */
async function resumes(count: number): Promise<number[]> {
  await using proxy = new ChaosProxy(server.url);
  await using client = await ExecServerClient.connect(proxy.url, { clientName: "bench", recovery: "resume" });
  await using _process = await client.start({ argv: ["/bin/sleep", "60"], cwd: "/" });
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const lost = Promise.withResolvers<void>();
    using _listener = client.onDisconnect(() => lost.resolve());
    const started = performance.now();
    proxy.cut();
    await lost.promise;
    await client.call("environment/status", null);
    times.push(performance.now() - started);
  }
  return times;
}

function add(name: string, way: "raw" | "client", values: readonly number[]): void {
  samples.getOrInsertComputed(name, () => ({ raw: [], client: [] }))[way].push(...values);
}

function check(bytes: number): void {
  if (bytes !== megabytes * 1_000_000) throw new Error(`Output is missing: ${bytes} bytes arrived`);
}

function option(name: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}

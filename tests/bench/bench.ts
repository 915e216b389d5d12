// deno-lint-ignore-file no-console -- a command line tool
/**
 * Measures our server beside codex 0.130.0 and 0.169.0: the same work in interleaved rounds, as a markdown table.
 *
 *     deno task bench [--rounds=3] [--only=readFile] [--alone]
 *
 * `--alone` measures only our server and needs no codex.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { codexBinary } from "../interop/codex_binary.ts";
import { ServerProcess } from "../support/server_process.ts";
import { serverCommand } from "../support/test_server.ts";
import { Contender } from "./contender.ts";
import { MEASUREMENTS } from "./measurements.ts";
import { Results } from "./results.ts";

const ORIGINALS = ["0.130.0", "0.169.0"];

const rounds = Number(option("rounds") ?? "3");
const only = option("only") ?? "";
// codex makes no helper links in the folder for temporary files
const root = await Deno.makeTempDir({ dir: Deno.env.get("HOME") ?? "/", prefix: ".exec-server-bench-" });
const results = new Results();
await using cleanup = new AsyncDisposableStack();
cleanup.defer(() => Deno.remove(root, { recursive: true }));
const bigFile = await makeBigFile();
const upstreamArgs = ["run", "--allow-net", "--quiet", fromFileUrl(import.meta.resolve("./http_upstream.ts"))];
const upstream = cleanup.use(await ServerProcess.start({ program: Deno.execPath(), args: upstreamArgs }));

const contenders = [cleanup.use(await Contender.start("ours", serverCommand()))];
for (const version of Deno.args.includes("--alone") ? [] : ORIGINALS) {
  const home = `${root}/codex-${version}`;
  await Deno.mkdir(home);
  const program = await codexBinary(version);
  const args = ["exec-server", "--listen", "ws://127.0.0.1:0"];
  contenders.push(cleanup.use(await Contender.start(version, { program, args, env: { CODEX_HOME: home } })));
}
for (const contender of contenders) {
  results.add({ name: "listening after start", unit: "ms" }, contender.name, [contender.startMs]);
  results.add({ name: "memory, idle", unit: "MB" }, contender.name, [contender.memory]);
}
for (let round = 0; round < rounds; round++) {
  for (const measurement of MEASUREMENTS.filter(({ name }) => name.includes(only))) {
    // nobody is always behind the same other one
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      const dir = await makeFolder();
      using rpc = await contender.open();
      try {
        results.add(
          measurement,
          contender.name,
          await measurement.run({ rpc, contender, dir, bigFile, upstream: upstream.url }),
        );
      } catch (error) {
        results.fail(measurement, contender.name, error);
      }
      await Deno.remove(dir, { recursive: true });
    }
  }
}
for (const contender of contenders) {
  results.add({ name: "memory, after all this", unit: "MB" }, contender.name, [contender.memory]);
}
console.log(`Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, ${rounds} rounds\n`);
console.log(results.table(contenders.map(({ name }) => name)));

async function makeBigFile(): Promise<string> {
  const path = `${root}/big.bin`;
  await Deno.writeFile(path, new Uint8Array(16 * 1024 * 1024).fill(97));
  using file = await Deno.open(path, { write: true });
  // what is on its way to the disk would disturb what is measured next
  await file.sync();
  return path;
}

async function makeFolder(): Promise<string> {
  const dir = await Deno.makeTempDir({ dir: root });
  await Deno.writeTextFile(`${dir}/note.txt`, "x".repeat(1024));
  for (let i = 0; i < 64; i++) await Deno.mkdir(`${dir}/d${i}`);
  return dir;
}

function option(name: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}

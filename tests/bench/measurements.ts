import type { Contender } from "./contender.ts";
import type { Rpc } from "./rpc.ts";
import { elapsed, latencies, warmUp } from "./samples.ts";

/** Files of the bench, with a connection of the server that is measured. */
export interface Bench {
  readonly rpc: Rpc;
  readonly contender: Contender;
  /** A fresh folder with `note.txt` (1 KiB) and folders `d0`, `d1`, … */
  readonly dir: string;
  /** A file of 16 MiB. */
  readonly bigFile: string;
  /** URL of `http_upstream.ts`. */
  readonly upstream: string;
}

/** One line of the table. */
export interface Measurement {
  readonly name: string;
  readonly unit: "ms" | "MB" | "MB/s" | "MiB/s" | "req/s";
  /** One round: one or more samples. */
  readonly run: (bench: Bench) => Promise<number[]>;
}

const OUTPUT_MB = 100;
const BODY_MB = 200;
// the first thousands of requests of a program that is compiled as it runs are slower than the rest of its life
const WARM_UP_MS = 2000;

/** What is measured for each contender in each round. */
export const MEASUREMENTS: readonly Measurement[] = [
  {
    name: "getMetadata, 1 in flight",
    unit: "ms",
    run: (bench) => warmLatencies(() => metadata(bench)),
  },
  {
    name: "getMetadata, 16 in flight",
    unit: "req/s",
    run: async (bench) => {
      const count = 3000;
      let left = count;
      const worker = async () => {
        while (left-- > 0) await metadata(bench);
      };
      const ms = await elapsed(() => Promise.all(Array.from({ length: 16 }, worker)));
      return [count / ms * 1000];
    },
  },
  { name: "readFile 1 KiB", unit: "ms", run: (bench) => warmLatencies(() => readNote(bench)) },
  {
    name: "readFile 16 MiB",
    unit: "MiB/s",
    run: async ({ rpc, contender, bigFile }) => {
      const samples = await latencies(3, () => rpc.call("fs/readFile", { path: contender.path(bigFile) }));
      return samples.map((ms) => 16 / ms * 1000);
    },
  },
  {
    name: "sandboxed readFile, 1 entry",
    unit: "ms",
    run: (bench) => latencies(20, () => readNote(bench, sandbox(bench, bench.dir, 1))),
  },
  {
    name: "sandboxed readFile, 64 entries",
    unit: "ms",
    run: (bench) => latencies(4, () => readNote(bench, sandbox(bench, bench.dir, 64))),
  },
  {
    name: "sandboxed writeFile, 1 entry",
    unit: "ms",
    run: (bench) => {
      const { rpc, contender, dir } = bench;
      return latencies(20, (i) => {
        const path = contender.path(`${dir}/written-${i}`);
        return rpc.call("fs/writeFile", { path, dataBase64: "aGk=", sandbox: sandbox(bench, dir, 1) });
      });
    },
  },
  {
    name: "sandboxed readFile, first use of a profile",
    unit: "ms",
    run: async (bench) => {
      const samples: number[] = [];
      for (let i = 0; i < 5; i++) {
        const dir = await Deno.makeTempDir({ dir: bench.dir });
        await Deno.writeTextFile(`${dir}/note.txt`, "x");
        samples.push(await elapsed(() => readNote({ ...bench, dir }, sandbox(bench, dir, 1))));
      }
      return samples;
    },
  },
  {
    name: "process `true`, start to closed",
    unit: "ms",
    run: (bench) => latencies(60, () => runTrue(bench)),
  },
  {
    name: "sandboxed `true` (reads all, writes a folder), start to closed",
    unit: "ms",
    run: (bench) => latencies(20, () => runTrue(bench, workspace(bench))),
  },
  {
    name: "sandboxed `true` (reads all), start to closed",
    unit: "ms",
    run: (bench) => latencies(20, () => runTrue(bench, profile(bench, [READ_ALL]))),
  },
  {
    name: "50 processes `true` at once, all closed",
    unit: "ms",
    run: async (bench) => [await elapsed(() => Promise.all(Array.from({ length: 50 }, () => runTrue(bench))))],
  },
  {
    name: "process output",
    unit: "MB/s",
    run: async ({ rpc, contender, dir }) => {
      const script = `head -c ${OUTPUT_MB}000000 /dev/zero | tr '\\0' a`;
      let bytes = 0;
      const ms = await elapsed(async () => {
        bytes = await rpc.run(["/bin/sh", "-c", script], contender.path(dir));
      });
      if (bytes !== OUTPUT_MB * 1e6) throw new Error(`Output is missing: ${bytes} bytes arrived`);
      return [OUTPUT_MB / ms * 1000];
    },
  },
  {
    name: "getMetadata behind a long poll of 1 s",
    unit: "ms",
    run: async (bench) => {
      const { rpc, contender, dir } = bench;
      const processId = crypto.randomUUID();
      const start = { processId, argv: ["/bin/sleep", "5"], cwd: contender.path(dir), env: {}, tty: false };
      await rpc.call("process/start", start);
      const poll = rpc.call("process/read", { processId, waitMs: 1000 });
      const ms = await elapsed(() => metadata(bench));
      await poll;
      await rpc.call("process/terminate", { processId });
      return [ms];
    },
  },
  {
    name: "HTTP request, 1 KiB",
    unit: "ms",
    run: (bench) => warmLatencies(() => request(bench, "small")),
  },
  {
    name: "20 HTTP requests of 250 ms at once",
    unit: "ms",
    run: async (bench) => {
      const all = () => Promise.all(Array.from({ length: 20 }, () => request(bench, "slow")));
      return [await elapsed(all)];
    },
  },
  {
    name: "HTTP body, streamed",
    unit: "MB/s",
    run: async ({ rpc, upstream }) => {
      let bytes = 0;
      const ms = await elapsed(async () => {
        bytes = await rpc.stream(`${upstream}/bytes/${BODY_MB * 1e6}`);
      });
      if (bytes !== BODY_MB * 1e6) throw new Error(`A part of the body is missing: ${bytes} bytes arrived`);
      return [BODY_MB / ms * 1000];
    },
  },
];

async function warmLatencies(action: () => Promise<unknown>): Promise<number[]> {
  await warmUp(WARM_UP_MS, action);
  return await latencies(300, action);
}

function request({ rpc, upstream }: Bench, path: string): Promise<unknown> {
  return rpc.call("http/request", { method: "GET", url: `${upstream}/${path}`, requestId: "bench" });
}

function metadata({ rpc, contender, dir }: Bench): Promise<unknown> {
  return rpc.call("fs/getMetadata", { path: contender.path(`${dir}/note.txt`) });
}

function readNote({ rpc, contender, dir }: Bench, profile: unknown = null): Promise<unknown> {
  return rpc.call("fs/readFile", { path: contender.path(`${dir}/note.txt`), sandbox: profile });
}

function runTrue({ rpc, contender, dir }: Bench, sandbox: unknown = null): Promise<number> {
  return rpc.run(["/bin/true"], contender.path(dir), sandbox);
}

const READ_ALL = { path: { type: "special", value: { kind: "root" } }, access: "read" };

/** What Codex runs commands with by default. */
function workspace(bench: Bench): unknown {
  return profile(bench, [
    READ_ALL,
    { path: { type: "path", path: bench.contender.path(bench.dir) }, access: "write" },
  ]);
}

function profile({ contender, dir }: Bench, entries: unknown[]): unknown {
  const permissions = { type: "managed", network: "restricted", file_system: { type: "restricted", entries } };
  return { permissions, cwd: contender.path(dir), windowsSandboxLevel: "disabled" };
}

/** A managed profile: the folder is writable, folders in it are read-only or writable in turn. */
function sandbox({ contender }: Bench, dir: string, count: number): unknown {
  const entries = Array.from({ length: count }, (_, i) => ({
    path: { type: "path", path: contender.path(i === 0 ? dir : `${dir}/d${i}`) },
    access: i % 2 === 0 ? "write" : "read",
  }));
  const permissions = { type: "managed", network: "restricted", file_system: { type: "restricted", entries } };
  return { permissions, cwd: contender.path(dir), windowsSandboxLevel: "disabled" };
}

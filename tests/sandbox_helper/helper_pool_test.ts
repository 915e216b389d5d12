import { assert, assertEquals } from "@std/assert";
import type { DenoFlags } from "../../sandbox/deno_flags.ts";
import { denoSpawner, type HelperProcess } from "../../sandbox/spawn_helper.ts";
import { alive } from "../support/process_table.ts";
import { until } from "../support/until.ts";
import { bytes, outcome, scene } from "./support.ts";

const linux = { ignore: Deno.build.os !== "linux" };

/** Starts real helpers and keeps what was started. */
function recording() {
  const started: HelperProcess[] = [];
  const real = denoSpawner();
  const spawn = (flags: DenoFlags) => {
    const child = real(flags);
    started.push(child);
    return child;
  };
  return { started, spawn };
}

Deno.test("one helper serves all requests of a policy, another policy has its own", linux, async () => {
  const { started, spawn } = recording();
  await using place = await scene({ spawn });
  const read = () => place.under("w $/inside").readFile(`${place.inside}/note.txt`);
  await Promise.all([read(), read(), read()]);
  await read();
  assertEquals([started.length, place.pool.size], [1, 1]);
  await place.under("r $/inside").readFile(`${place.inside}/note.txt`);
  assertEquals([started.length, place.pool.size], [2, 2]);
});

Deno.test("a helper that dies fails only its own calls and is replaced", linux, async () => {
  const { started, spawn } = recording();
  await using place = await scene({ spawn });
  const files = place.under("w $/inside"), others = place.under("r $/inside");
  const file = await files.open(`${place.inside}/note.txt`);
  await others.readFile(`${place.inside}/note.txt`);
  Deno.writeFileSync(`${place.inside}/big`, new Uint8Array(64 * 2 ** 20));
  const reading = outcome(() => files.readFile(`${place.inside}/big`));
  const other = outcome(() => others.readFile(`${place.inside}/big`));
  started[0]?.kill();
  assertEquals(await reading, "-32603 filesystem sandbox helper ended unexpectedly");
  assertEquals(await other, "ok");
  assertEquals(await outcome(() => file.readBlock(0, 1)), "-32603 filesystem sandbox helper ended unexpectedly");
  await file.close();
  assertEquals(await outcome(() => files.readFile(`${place.inside}/note.txt`)), "ok");
  assertEquals(started.length, 3);
});

Deno.test("a helper that cannot start fails the calls and says why", async () => {
  const spawn = denoSpawner({ program: "file:///nowhere/helper.ts" });
  await using place = await scene({ spawn });
  const answer = await outcome(() => place.under("w $/inside").readFile(`${place.inside}/note.txt`));
  assert(/^-32603 filesystem sandbox helper ended unexpectedly: .*nowhere/s.test(answer), answer);
});

Deno.test("an idle helper ends, one with an open file stays", linux, async () => {
  const { started, spawn } = recording();
  await using place = await scene({ spawn, idleMs: 0 });
  const files = place.under("w $/inside");
  const file = await files.open(`${place.inside}/note.txt`);
  await place.pool.idle();
  assertEquals((await file.readBlock(0, 6)).length, 6);
  assertEquals(started.length, 1);
  await file.close();
  await place.pool.idle();
  await started[0]?.status;
  assertEquals(place.pool.size, 0);
});

Deno.test("the least recently used helper ends when there are too many", linux, async () => {
  const { started, spawn } = recording();
  await using place = await scene({ spawn, maxHelpers: 2 });
  const path = `${place.inside}/note.txt`;
  const [a, b, c] = [place.under("w $/inside"), place.under("r $/inside"), place.under("r $")];
  await a.readFile(path);
  await b.readFile(path);
  await a.readFile(path);
  await c.readFile(path);
  await started[1]?.status;
  assertEquals(place.pool.size, 2);
  await a.readFile(path);
  assertEquals(started.length, 3);
});

Deno.test("a helper that grew by what went through it is replaced, one that did not stays", linux, async () => {
  const big = new Uint8Array(70 * 2 ** 20);
  for (const [maxHelperBytes, helpers] of [[1, 2], [2 ** 40, 1]] as const) {
    const { started, spawn } = recording();
    await using place = await scene({ spawn, maxHelperBytes });
    const files = place.under("w $/inside");
    await files.writeFile(`${place.inside}/big`, big);
    await files.readFile(`${place.inside}/note.txt`);
    assertEquals(started.length, helpers);
  }
});

Deno.test("a helper is gone soon after the server's end of the pipe", linux, async () => {
  const { started, spawn } = recording();
  await using place = await scene({ spawn });
  await place.under("w $/inside").readFile(`${place.inside}/note.txt`);
  const program = new URL("./orphan.ts", import.meta.url).href;
  const args = ["run", "-A", "--no-check", program, place.inside];
  const server = new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "piped" }).spawn();
  const reader = server.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  assert(alive(pid));
  server.kill("SIGKILL");
  await server.status;
  const start = performance.now();
  await until("the helper is gone", () => !alive(pid));
  print(`helper gone ${(performance.now() - start).toFixed(1)} ms after its server`);
  await reader.cancel();
  assertEquals(started.length, 1);
});

Deno.test("a helper without work gives back the memory it only needed to start", linux, async () => {
  const { started, spawn } = recording();
  await using place = await scene({ spawn });
  const path = `${place.inside}/note.txt`;
  const files = place.under("w $/inside");
  for (let i = 0; i < 20; i++) await files.readFile(path);
  const pid = started[0]?.pid as number;
  const before = memoryOf(pid);
  await until("memory is given back", () => memoryOf(pid).rss < 0.75 * before.rss);
  const after = memoryOf(pid);
  print(`resident ${before.rss} KiB before, ${after.rss} KiB idle; its share (PSS) ${after.pss} KiB`);
  assertEquals((await files.readFile(path)).length, 6);
});

Deno.test("a big file does not keep small calls waiting, either way", linux, async () => {
  await using place = await scene();
  const files = place.under("w $/inside");
  const big = new Uint8Array(128 * 2 ** 20);
  for (
    const [what, start] of [
      ["write", () => files.writeFile(`${place.inside}/big`, big)],
      ["read", () => files.readFile(`${place.inside}/big`)],
      ["copy", () => files.copy(`${place.inside}/big`, `${place.inside}/big2`, { recursive: false })],
    ] as const
  ) {
    let done = false;
    const running = (start() as Promise<unknown>).finally(() => done = true);
    const times: number[] = [];
    while (!done) {
      const begin = performance.now();
      await files.readFile(`${place.inside}/note.txt`);
      times.push(performance.now() - begin);
    }
    await running;
    times.sort((a, b) => a - b);
    print(
      `${times.length} small reads during a ${what} of 128 MiB: median ${times[times.length >> 1]?.toFixed(2)} ms`,
    );
    assert(times.length >= 10, `${times.length} small calls during a ${what}`);
  }
  assertEquals(Deno.statSync(`${place.inside}/big2`).size, big.length);
});

Deno.test("contents of every size arrive whole", linux, async () => {
  await using place = await scene();
  const files = place.under("w $/inside");
  for (const size of [0, 1, 65_535, 262_143, 262_144, 262_145, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 3 * 2 ** 20 + 7]) {
    const content = Uint8Array.from({ length: size }, (_, i) => i * 31 + (i >> 8));
    await files.writeFile(`${place.inside}/f`, content);
    assertEquals(Deno.readFileSync(`${place.inside}/f`), content);
    assertEquals(await files.readFile(`${place.inside}/f`), content);
    if (size === 0 || size > 2 ** 20) continue;
    const file = await files.open(`${place.inside}/g`, { mode: "replace" });
    await file.writeBlock(0, content);
    await file.close();
    const again = await files.open(`${place.inside}/g`);
    assertEquals(await again.readBlock(0, size), content);
    await again.close();
  }
});

Deno.test("files whose size is not known are read to their end", linux, async () => {
  await using place = await scene();
  const files = place.under("r /proc");
  assertEquals(new TextDecoder().decode(await files.readFile("/proc/version")), Deno.readTextFileSync("/proc/version"));
});

Deno.test("the latency of sandboxed calls is", linux, async () => {
  await using place = await scene();
  const path = `${place.inside}/f`;
  Deno.writeFileSync(path, new Uint8Array(1024));
  const entries = Array.from({ length: 63 }, (_, i) => `w $/inside/missing/${i}`);
  const table = {
    "1 entry": place.under("w $/inside"),
    "64 entries": place.under("w $/inside", ...entries),
  };
  for (const [policy, files] of Object.entries(table)) {
    const begin = performance.now();
    await files.readFile(path);
    const first = performance.now() - begin;
    for (
      const [what, call] of [
        ["read 1 KiB", () => files.readFile(path)],
        ["write 1 KiB", () => files.writeFile(`${path}2`, bytes("x".repeat(1024)))],
        ["metadata", () => files.getMetadata(path)],
      ] as const
    ) {
      const times: number[] = [];
      for (let i = 0; i < 500; i++) {
        const start = performance.now();
        await call();
        times.push(performance.now() - start);
      }
      times.sort((a, b) => a - b);
      print(`${policy}: ${what} p50 ${times[250]?.toFixed(3)} ms, p99 ${times[495]?.toFixed(3)} ms`);
    }
    print(`${policy}: first use ${first.toFixed(1)} ms`);
  }
});

/** KiB of a process: resident, and with shared pages divided by those who share them. */
function memoryOf(pid: number): { rss: number; pss: number } {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const value = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1]);
  return { rss: value("Rss"), pss: value("Pss") };
}

/** Measurements are for people; they are never asserted. */
function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

Deno.test(
  "a call that is aborted fails like any other, before it began and under way, and the helper serves on",
  linux,
  async () => {
    const { started, spawn } = recording();
    await using place = await scene({ spawn });
    const files = place.under("w $/inside");
    const [from, to] = [`${place.inside}/hole`, `${place.inside}/copy`];
    Deno.writeTextFileSync(from, "");
    Deno.truncateSync(from, 2 ** 30);
    const copy = (signal: AbortSignal) => outcome(() => files.copy(from, to, { recursive: false, signal }));
    assertEquals(await copy(AbortSignal.abort()), "-32603 nobody waits for it any more");
    assertEquals([...Deno.readDirSync(place.inside)].some(({ name }) => name === "copy"), false);
    const aborting = new AbortController();
    const copying = copy(aborting.signal);
    await until("the copy has begun", () => sizeOf(to) > 0);
    aborting.abort();
    assertEquals(await copying, "-32603 nobody waits for it any more");
    assertEquals(sizeOf(to), 0);
    assertEquals(await outcome(() => files.readFile(`${place.inside}/note.txt`)), "ok");
    assertEquals(started.length, 1);
  },
);

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

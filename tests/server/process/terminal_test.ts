import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PosixSpawner } from "../../../server/process/posix_spawner.ts";
import type { SpawnSpec } from "../../../server/process/spawner.ts";
import { fdCount } from "../../support/fd_count.ts";
import { until } from "../../support/until.ts";
import { runChild } from "./run_child.ts";

const spawner = new PosixSpawner();
const encoder = new TextEncoder();

function inTerminal(script: string, rows = 24, cols = 80, overrides: Partial<SpawnSpec> = {}) {
  return runChild(spawner, ["/bin/bash", "--norc", "-c", script], {
    stdio: { kind: "terminal", rows, cols },
    ...overrides,
  });
}

Deno.test("terminal: has the size asked for and follows a resize with SIGWINCH", async () => {
  const run = inTerminal("trap 'stty size; exit 0' WINCH; stty size; while :; do sleep 0.05; done", 30, 100);
  await run.seen("30 100");
  run.child.resize(43, 132);
  assertEquals((await run.closed).code, 0);
  assertStringIncludes(run.text.pty(), "43 132");
});

Deno.test("terminal: is the controlling terminal, in the foreground", async () => {
  const run = inTerminal("tty; ps -o tpgid= -p $$; : > /dev/tty && echo controlled");
  await run.closed;
  assertStringIncludes(run.text.pty(), "/dev/pts/");
  assertStringIncludes(run.text.pty(), String(run.child.pid));
  assertStringIncludes(run.text.pty(), "controlled");
});

Deno.test("terminal: Ctrl-C interrupts the foreground program", async () => {
  const run = inTerminal("trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.05; done");
  await run.seen("ready");
  run.child.input?.write(encoder.encode("\x03"));
  assertEquals((await run.closed).code, 9);
  assertStringIncludes(run.text.pty(), "interrupted");
});

Deno.test("terminal: Ctrl-D ends a reader", async () => {
  const run = runChild(spawner, ["/bin/cat"], { stdio: { kind: "terminal", rows: 24, cols: 80 } });
  run.child.input?.write(encoder.encode("line\n"));
  await run.seen("line\r\nline");
  run.child.input?.write(encoder.encode("\x04"));
  assertEquals((await run.closed).code, 0);
});

Deno.test("terminal: late output of a background child is delivered, and the end follows it", async () => {
  const run = inTerminal("trap '' HUP; echo first; (trap '' HUP; sleep 0.3; echo late) & exit 3");
  assertEquals((await run.exited).code, 3);
  await run.closed;
  assertStringIncludes(run.text.pty(), "late");
});

Deno.test("terminal: every byte value passes in both directions in raw mode", async () => {
  const run = inTerminal("stty raw -echo; echo ready; head -c 256 | od -An -tx1 -v | tr -d ' \\n'; echo; echo done");
  await run.seen("ready");
  run.child.input?.write(Uint8Array.from({ length: 256 }, (_, i) => i));
  await run.closed;
  assertStringIncludes(run.text.pty(), Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0")).join(""));
});

Deno.test("terminal: one megabyte of pasted input arrives without a stall", async () => {
  const line = "x".repeat(99) + "\n";
  const run = inTerminal("stty -echo; echo ready; head -c 1000000 | sha256sum");
  await run.seen("ready");
  const paste = encoder.encode(line.repeat(10_000));
  for (let at = 0; at < paste.length; at += 10_000) {
    if (run.child.input?.full) await run.child.input.room();
    run.child.input?.write(paste.slice(at, at + 10_000));
  }
  assertEquals((await run.closed).code, 0);
  assertStringIncludes(run.text.pty(), new Uint8Array(await crypto.subtle.digest("SHA-256", paste)).toHex());
});

Deno.test("terminal: 50 short programs lose no output and leak no descriptor", async () => {
  await inTerminal("echo warm").closed;
  const before = fdCount();
  await Promise.all(Array.from({ length: 50 }, async (_, i) => {
    const run = inTerminal(`echo out-${i}`);
    await run.closed;
    run.child.input?.close();
    assertEquals(run.text.pty(), `out-${i}\r\n`);
  }));
  await until("descriptors are back", () => fdCount() <= before);
});

Deno.test("terminal: a resize after the end does nothing", async () => {
  const run = inTerminal("exit 0");
  await run.closed;
  run.child.resize(10, 10);
  assert(run.events.includes("pty ended"));
});

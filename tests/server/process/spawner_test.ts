import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CommandSpawner } from "../../../server/process/command_spawner.ts";
import { PosixSpawner } from "../../../server/process/posix_spawner.ts";
import { type Spawner, SpawnError } from "../../../server/process/spawner.ts";
import { sealInheritedDescriptors } from "../../../server/posix/descriptors.ts";
import { fdCount } from "../../support/fd_count.ts";
import { alive, pidsOfGroup } from "../../support/process_table.ts";
import { until } from "../../support/until.ts";
import { runChild } from "./run_child.ts";

// what this process inherited from its own parent is none of its children's business
sealInheritedDescriptors();

const SPAWNERS: readonly Spawner[] = [new PosixSpawner(), new CommandSpawner()];

function sh(script: string): string[] {
  return ["/bin/sh", "-c", script];
}

for (const spawner of SPAWNERS) {
  const test = (name: string, body: () => Promise<void> | void) =>
    Deno.test({ name: `${spawner.name}: ${name}`, fn: body, sanitizeOps: false, sanitizeResources: false });

  test("separates stdout and stderr and reports the exit code", async () => {
    const run = runChild(spawner, sh("echo out; echo err >&2; exit 7"));
    assertEquals(await run.closed, { code: 7, signal: undefined });
    assertEquals([run.text.stdout(), run.text.stderr()], ["out\n", "err\n"]);
  });

  test("reports death by signal as 128+n, real-time signals too", async () => {
    for (const [signal, number] of [["TERM", 15], ["KILL", 9], ["40", 40]] as const) {
      assertEquals(await runChild(spawner, sh(`kill -${signal} $$`)).closed, { code: 128 + number, signal: number });
    }
  });

  test("keeps binary output as it is", async () => {
    const run = runChild(spawner, sh("printf '\\377\\000\\342'"));
    await run.closed;
    assertEquals(run.bytes(), 3);
  });

  test("delivers everything a leader wrote, and late output behind its exit", async () => {
    const run = runChild(spawner, sh("echo first; (sleep 0.2; echo late) & exit 5"));
    assertEquals((await run.exited).code, 5);
    assertEquals(run.text.stdout(), "first\n");
    await run.closed;
    assertEquals(run.text.stdout(), "first\nlate\n");
    assert(run.events.indexOf("exited") < run.events.lastIndexOf("stdout"));
  });

  test("makes the child leader of its own session and group", async () => {
    const run = runChild(spawner, sh("cut -d' ' -f5,6 < /proc/$$/stat"));
    await run.closed;
    assertEquals(run.text.stdout(), `${run.child.pid} ${run.child.pid}\n`);
  });

  test("gives the child nothing but descriptors 0 to 2 and the environment asked for", async () => {
    const run = runChild(spawner, sh("ls /proc/$$/fd; cat /proc/$$/environ; readlink /proc/$$/fd/0"), {
      env: new Map([["A", "1"]]),
    });
    await run.closed;
    assertEquals(run.text.stdout(), "0\n1\n2\nA=1\0/dev/null\n");
  });

  test("feeds stdin and ends it", async () => {
    const run = runChild(spawner, ["/bin/cat"], { stdio: { kind: "pipes", stdin: true } });
    run.child.input?.write(new TextEncoder().encode("hello "));
    run.child.input?.write(new TextEncoder().encode("there"));
    run.child.input?.end();
    assertEquals((await run.closed).code, 0);
    assertEquals(run.text.stdout(), "hello there");
  });

  test("carries 8 MiB through stdin to a slow reader in order", async () => {
    const run = runChild(spawner, sh("sleep 0.2; sha256sum"), { stdio: { kind: "pipes", stdin: true } });
    const data = new Uint8Array(8 << 20).map((_, i) => i * 31 + (i >> 8));
    for (let at = 0; at < data.length; at += 100_000) {
      if (run.child.input?.full) await run.child.input.room();
      run.child.input?.write(data.slice(at, at + 100_000));
    }
    run.child.input?.end();
    await run.closed;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data)).toHex();
    assertStringIncludes(run.text.stdout(), digest);
  });

  test("drops input for a child that closed its stdin", async () => {
    const run = runChild(spawner, sh("exec <&-; echo closed; sleep 0.3"), { stdio: { kind: "pipes", stdin: true } });
    await run.seen("closed");
    run.child.input?.write(new Uint8Array(200_000));
    await run.child.input?.room();
    assertEquals((await run.closed).code, 0);
  });

  test("a paused child blocks and goes on when resumed", async () => {
    const run = runChild(spawner, sh("head -c 3000000 /dev/zero"));
    run.child.pause();
    // the pipe, one read and what was under way: far less than the whole
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert(run.bytes() < 1_000_000, `read ${run.bytes()} bytes while paused`);
    run.child.resume();
    await run.closed;
    assertEquals(run.bytes(), 3_000_000);
  });

  test("cancel ends the streams although a descendant holds them", async () => {
    const run = runChild(spawner, sh("setsid sleep 60 & echo $!; exit 0"));
    await run.exited;
    const descendant = Number(run.text.stdout());
    run.child.cancel();
    await run.closed;
    Deno.kill(descendant, "SIGKILL");
  });

  test("names the reason when a program cannot be started", () => {
    const cases: [string[], string, string][] = [
      [["/nope/x"], "/", "No such file or directory (os error 2)"],
      [["/etc/passwd"], "/", "Permission denied (os error 13)"],
      [["/tmp"], "/", "Permission denied (os error 13)"],
      [["/bin/true"], "/nope", "No such file or directory (os error 2)"],
      [["/bin/true"], "/etc/passwd", "Not a directory (os error 20)"],
      [["/bin/true", "a\0b"], "/", "nul byte found in provided data"],
      [["/bin/true", "x".repeat(3_000_000)], "/", "Argument list too long (os error 7)"],
    ];
    for (const [argv, cwd, text] of cases) {
      const error = assertThrows(() => runChild(spawner, argv, { cwd }), SpawnError);
      assertEquals(error.message, text);
    }
  });

  test("leaks no descriptor, started or not", async () => {
    await runChild(spawner, sh("exit 0")).closed;
    const before = fdCount();
    await Promise.all(Array.from({ length: 20 }, () => {
      const run = runChild(spawner, sh("echo x"), { stdio: { kind: "pipes", stdin: true } });
      return run.closed.then(() => run.child.input?.close());
    }));
    for (let i = 0; i < 20; i++) assertThrows(() => runChild(spawner, ["/nope"]), SpawnError);
    await until("descriptors are back", () => fdCount() <= before);
  });

  test("a group kill reaches the children", async () => {
    const run = runChild(spawner, sh("sleep 60 & echo started; wait"));
    await run.seen("started");
    assertEquals(pidsOfGroup(run.child.pid).length, 2);
    Deno.kill(-run.child.pid, "SIGKILL");
    assertEquals((await run.closed).code, 137);
    assert(!alive(run.child.pid));
  });
}

Deno.test({
  name: "posix_spawn: a script without interpreter line is not run by a shell",
  fn() {
    const path = Deno.makeTempFileSync();
    Deno.writeTextFileSync(path, "echo hello\n");
    Deno.chmodSync(path, 0o755);
    const error = assertThrows(() => runChild(new PosixSpawner(), [path]), SpawnError);
    Deno.removeSync(path);
    assertEquals(error.message, "Exec format error (os error 8)");
  },
});

Deno.test({
  name: "posix_spawn: argv[0] is what was asked for",
  async fn() {
    const run = runChild(new PosixSpawner(), ["renamed", "-c", "echo $0"], { program: "/bin/sh" });
    await run.closed;
    assertEquals(run.text.stdout(), "renamed\n");
  },
});

Deno.test({
  name: "posix_spawn: signal dispositions of the child are the default ones",
  async fn() {
    const run = runChild(new PosixSpawner(), sh("grep -E '^Sig(Ign|Blk)' /proc/self/status"));
    await run.closed;
    assertEquals(run.text.stdout(), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  },
});

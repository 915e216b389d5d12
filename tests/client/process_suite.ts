import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type ExecBackend,
  type ProcessEvent,
  type ProcessHandle,
  type ProcessSpec,
  RpcError,
} from "../../protocol/mod.ts";
import { until } from "../support/until.ts";

/** A backend under test and what it lacks. */
export interface ProcessSubject extends AsyncDisposable {
  readonly exec: ExecBackend;
  /** Whether the executor has resize, closeStdin and all signals. */
  readonly additions: boolean;
  /** Whether it has the interrupt signal; 0.130.0 has none. */
  readonly interrupt: boolean;
  /** Exit code of a process that was killed by signal `n`. */
  killedBy(n: number): number;
}

const PATH = "/usr/local/bin:/usr/bin:/bin";

function sh(script: string, spec: Partial<ProcessSpec> = {}): ProcessSpec {
  return { argv: ["/bin/sh", "-c", script], cwd: "/", env: { PATH }, ...spec };
}

async function textOf(process: ProcessHandle, stream: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const event of process) {
    if (event.type === "output" && event.stream === stream) text += decoder.decode(event.bytes, { stream: true });
  }
  return text + decoder.decode();
}

async function listOf(events: AsyncIterable<ProcessEvent>): Promise<ProcessEvent[]> {
  const list: ProcessEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

async function firstOutput(process: ProcessHandle): Promise<string> {
  for await (const event of process) if (event.type === "output") return new TextDecoder().decode(event.bytes);
  throw new Error("The process wrote nothing");
}

/** What every backend has to do, local or remote: one set of tests for all of them. */
export function processSuite(
  name: string,
  open: () => Promise<ProcessSubject>,
  options: { ignore?: boolean } = {},
): void {
  const test = (what: string, body: (subject: ProcessSubject) => Promise<void>) =>
    Deno.test({
      name: `${name}: ${what}`,
      ignore: options.ignore ?? false,
      fn: async () => {
        await using subject = await open();
        await body(subject);
      },
    });

  test("events come in order and end behind closed", async ({ exec }) => {
    await using process = await exec.start(sh("echo out; echo err >&2; exit 3"));
    const events = await listOf(process);
    assertEquals(events.map(({ seq }) => seq), events.map((_, i) => i + 1));
    assertEquals(events.at(-1)?.type, "closed");
    assertEquals(events.filter(({ type }) => type === "exited").length, 1);
    assertEquals(await process.wait(), { exitCode: 3, sandboxDenied: false });
  });

  test("stdout and stderr are told apart", async ({ exec }) => {
    await using process = await exec.start(sh("echo out; echo err >&2"));
    assertEquals(await textOf(process, "stdout"), "out\n");
    assertEquals(await textOf(process, "stderr"), "err\n");
  });

  test("iterations replay from the first event, several at once, during and after the process", async ({ exec }) => {
    await using process = await exec.start(sh("echo one; read line; echo $line", { pipeStdin: true }));
    const early = listOf(process);
    assertEquals(await firstOutput(process), "one\n");
    const late = listOf(process.events(1));
    assertEquals(await process.write(new TextEncoder().encode("two\n")), "accepted");
    const all = await early;
    assertEquals(await listOf(process), all);
    assertEquals(await late, all.slice(1));
    assertEquals(await listOf(process.events(all.length)), []);
  });

  test("wait() needs no iteration, and output can be read afterwards", async ({ exec }) => {
    await using process = await exec.start(sh("echo kept; exit 5"));
    assertEquals((await process.wait()).exitCode, 5);
    const { chunks, exited, exitCode, closed, failure } = await process.read();
    assertEquals(chunks.map(({ bytes }) => new TextDecoder().decode(bytes)), ["kept\n"]);
    assertEquals({ exited, exitCode, closed, failure }, { exited: true, exitCode: 5, closed: true, failure: null });
  });

  test("read() goes on behind a position and waits for news", async ({ exec }) => {
    await using process = await exec.start(sh("echo a; sleep 0.3; echo b"));
    assertEquals(await firstOutput(process), "a\n");
    const first = await process.read();
    let next = await process.read({ afterSeq: first.nextSeq - 1, waitMs: 20_000 });
    // the exit is news as well, and 0.130 may tell it before the output
    while (next.chunks.length === 0 && !next.closed) {
      next = await process.read({ afterSeq: next.nextSeq - 1, waitMs: 20_000 });
    }
    assertEquals(next.chunks.map(({ bytes }) => new TextDecoder().decode(bytes)), ["b\n"]);
    await process.wait();
  });

  test("bytes are neither changed nor lost", async ({ exec }) => {
    const size = 8 * 1024 * 1024;
    await using process = await exec.start(sh(`head -c ${size} /dev/zero | tr '\\0' '\\377'; printf end`));
    let count = 0, last = -1;
    for await (const event of process) {
      if (event.type !== "output") continue;
      const end = count + event.bytes.length;
      for (const byte of event.bytes.subarray(0, Math.max(0, size - count))) assert(byte === 255);
      count = end;
      last = event.bytes[event.bytes.length - 1] as number;
    }
    assertEquals(count, size + 3);
    assertEquals(last, "d".charCodeAt(0));
  });

  test("writes keep their order, and closeStdin() is the end of file", async ({ exec, additions }) => {
    await using process = await exec.start(sh(additions ? "cat" : "head -c 3000", { pipeStdin: true }));
    const lines = Array.from({ length: 1000 }, (_, i) => String(i % 100).padStart(2, "0") + "\n");
    const statuses = await Promise.all(lines.map((line) => process.write(new TextEncoder().encode(line))));
    assertEquals(new Set(statuses), new Set(["accepted"]));
    if (additions) assertEquals(await process.closeStdin(), "accepted");
    assertEquals(await textOf(process, "stdout"), lines.join(""));
  });

  test("closeStdin() comes once, and nothing can be written behind it", async ({ exec, additions }) => {
    await using process = await exec.start(sh("cat; echo end; exec sleep 60", { pipeStdin: true }));
    if (!additions) {
      await assertRejects(() => process.closeStdin(), RpcError);
      return;
    }
    assertEquals(await process.closeStdin(), "accepted");
    assertEquals(await firstOutput(process), "end\n");
    assertEquals(await process.write(new Uint8Array([1])), "stdinClosed");
    assertEquals(await process.closeStdin(), "stdinClosed");
  });

  test("writing to a process without stdin says so", async ({ exec }) => {
    await using process = await exec.start(sh("sleep 60"));
    assertEquals(await process.write(new Uint8Array([1])), "stdinClosed");
  });

  test("signals reach the process", async ({ exec, additions, interrupt }) => {
    await using process = await exec.start(sh(
      "trap 'echo int' INT; trap 'echo term' TERM; echo ready; until read line; do :; done",
      { pipeStdin: true },
    ));
    assertEquals(await firstOutput(process), "ready\n");
    if (interrupt) await process.signal("interrupt");
    else await assertRejects(() => process.signal("interrupt"), RpcError);
    if (additions) await process.signal("terminate");
    await process.write(new TextEncoder().encode("\n"));
    const text = await textOf(process, "stdout");
    assertEquals(text.includes("int\n"), interrupt);
    assertEquals(text.includes("term\n"), additions);
  });

  test("terminate() kills and says whether it ran", async ({ exec, killedBy }) => {
    await using process = await exec.start(sh("echo ready; sleep 60"));
    await firstOutput(process);
    assertEquals(await process.terminate(), true);
    assertEquals((await process.wait()).exitCode, killedBy(9));
    assertEquals(await process.terminate(), false);
  });

  test("disposing ends the process", async ({ exec }) => {
    const process = await exec.start(sh("echo $$; exec sleep 60"));
    const pid = Number(await firstOutput(process));
    const waiting = process.wait().then(() => "ended", () => "gone");
    await process[Symbol.asyncDispose]();
    await until("the process is gone", () => !exists(pid));
    assert(["ended", "gone"].includes(await waiting));
    await process[Symbol.asyncDispose]();
  });

  test("a terminal is a terminal", async ({ exec }) => {
    // 0.130.0 was seen to lose what a terminal shows right before its program ends: this one waits to be ended
    const script = "test -t 1 && echo tty; read line; echo got $line; read line";
    await using process = await exec.start(sh(script, { tty: true }));
    assert((await firstOutput(process)).startsWith("tty"));
    await process.write(new TextEncoder().encode("x\n"));
    let text = "";
    for await (const event of process) {
      if (event.type !== "output") continue;
      text += new TextDecoder().decode(event.bytes);
      if (text.includes("got x\r\n")) await process.terminate();
    }
    assert(text.includes("got x\r\n"), text);
  });

  test("a terminal has a size that can be changed", async ({ exec, additions }) => {
    if (!additions) return;
    const script = "stty size; trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done";
    await using process = await exec.start(sh(script, { tty: true, rows: 30, cols: 100 }));
    let text = "";
    for await (const event of process) {
      if (event.type === "output") text += new TextDecoder().decode(event.bytes);
      if (text.endsWith("ready\r\n")) await process.resize(40, 120);
    }
    assertEquals(text.replaceAll("ready\r\n", ""), "30 100\r\n40 120\r\n");
  });

  test("a program that does not exist is refused and its id free again", async ({ exec }) => {
    const spec = { argv: ["/no/such/program"], cwd: "/", processId: "again" };
    const error = await assertRejects(() => exec.start(spec), RpcError, "No such file");
    assertEquals(error.code, -32603);
    await using process = await exec.start({ ...sh("exit 0"), processId: "again" });
    assertEquals((await process.wait()).exitCode, 0);
  });

  test("an id is in use as long as its process", async ({ exec }) => {
    await using _process = await exec.start({ ...sh("sleep 60"), processId: "taken" });
    await assertRejects(() => exec.start({ ...sh("exit 0"), processId: "taken" }), Error, "process taken");
  });

  test("many processes run at once, each with its own events", async ({ exec }) => {
    const outputs = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
      await using process = await exec.start(sh(`echo ${i}; echo ${i}`));
      return await textOf(process, "stdout");
    }));
    assertEquals(outputs, outputs.map((_, i) => `${i}\n${i}\n`));
  });

  test("an iteration that is left early holds up nothing", async ({ exec }) => {
    await using process = await exec.start(sh("head -c 4000000 /dev/zero; echo done >&2"));
    assert((await firstOutput(process)).length > 0);
    assertEquals((await process.wait()).exitCode, 0);
  });
}

function exists(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

import { assertEquals } from "@std/assert";
import { ExecServerClient } from "../../../../client/mod.ts";
import { collectProcess } from "../../../support/collect_process.ts";
import { sandboxOf } from "../../../support/profiles_on_wire.ts";
import { startServer } from "../../../support/test_server.ts";
import { until } from "../../../support/until.ts";
import { HAS_BWRAP, type SandboxScene, sandboxScene, treeOf, WORKSPACE } from "./scene.ts";

const STARTS = 200, AT_ONCE = 10;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `process sandbox leaves nothing behind: ${name}`, ignore: !HAS_BWRAP, fn });
}

/** A profile whose placeholders are of every kind. */
const LINES = [...WORKSPACE, "d $/ws/later", "r $/ws/a/b/c"] as const;
const OCCUPIED = [".agents", ".aws", ".codex", ".git", "a", "later"];

function names(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

/** Processes in whose command line or environment a mark stands. */
function marked(mark: string): number[] {
  return names("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      const read = (file: string) => Deno.readTextFileSync(`/proc/${pid}/${file}`);
      return pid !== Deno.pid && (read("cmdline").includes(mark) || read("environ").includes(mark));
    } catch {
      return false;
    }
  });
}

/** Of bubblewrap and of sandboxes; other tests have files of their own. */
function temporaryFiles(): string[] {
  return names("/tmp").filter((name) => /^(bindfile|bwrap|bubblewrap|exec-server-sandbox)/.test(name));
}

/** What must be the same before and after. */
function traces(scene: SandboxScene) {
  const open = names(`/proc/${scene.server.pid}/fd`).length;
  const mounts = Deno.readTextFileSync(`/proc/${scene.server.pid}/mountinfo`).trim().split("\n").length;
  const temporary = temporaryFiles();
  return { open, mounts, temporary, tree: treeOf(scene.ws) };
}

/** Runs something that waits, until its output says that it is there. */
async function start(scene: SandboxScene, processId: string, script: string, client = scene.client): Promise<void> {
  const ready = Promise.withResolvers<void>();
  using _listener = client.onNotification(({ method, params }) => {
    if (method === "process/output" && params.processId === processId) ready.resolve();
  });
  const sandbox = sandboxOf(LINES.map((line) => line.replace("$", scene.root) as typeof line), scene.ws);
  const argv = ["/bin/sh", "-c", `echo ready; ${script}`, "sh", scene.root];
  await client.call("process/start", {
    processId,
    argv,
    cwd: scene.ws,
    env: { PATH: "/usr/bin:/bin" },
    tty: false,
    sandbox,
  });
  await ready.promise;
}

test(`${STARTS} starts, some at once, some failing, some killed`, async () => {
  await using scene = await sandboxScene();
  Deno.mkdirSync(`${scene.ws}/kept`);
  await scene.sh(LINES, "true");
  const before = traces(scene);
  const scripts = ["true", "echo x > .git; exit 3", "kill -9 $$", "sleep 60 & exit 0", "exec /no/such"];
  for (let done = 0; done < STARTS; done += AT_ONCE) {
    const runs = Array.from(
      { length: AT_ONCE },
      (_, i) => scene.sh(LINES, `: ${scene.root}; ${scripts[i % scripts.length]}`),
    );
    await Promise.all(runs);
    if (done === 0) assertEquals(names(scene.ws), ["kept"]);
  }
  assertEquals(traces(scene), before);
  assertEquals(marked(scene.root).filter((pid) => pid !== scene.server.pid), []);
});

test("placeholders stay for the last of concurrent runs", async () => {
  await using scene = await sandboxScene();
  await start(scene, "one", "sleep 60");
  await start(scene, "two", "sleep 60");
  assertEquals(names(scene.ws), OCCUPIED);
  const closed = (id: string) =>
    new Promise<void>((resolve) =>
      scene.client.onNotification(({ method, params }) => {
        if (method === "process/closed" && params.processId === id) resolve();
      })
    );
  const one = closed("one"), two = closed("two");
  await scene.client.call("process/terminate", { processId: "one" });
  await one;
  assertEquals(names(scene.ws), OCCUPIED);
  // and they still hold
  const run = await scene.sh(LINES, "mkdir .git; echo x > later; true");
  assertEquals(run.stderr.trim().split("\n").length, 2, run.stderr);
  await scene.client.call("process/terminate", { processId: "two" });
  await two;
  assertEquals(names(scene.ws), []);
});

test("two servers share placeholders, and the last one removes them", async () => {
  await using scene = await sandboxScene();
  await using other = await startServer();
  await using client = await ExecServerClient.connect(other.url, { clientName: "test" });
  await start(scene, "one", "sleep 60");
  await start(scene, "two", "sleep 60", client);
  await scene.client.call("process/terminate", { processId: "one" });
  await scene.sh(LINES, "true");
  assertEquals(names(scene.ws), OCCUPIED);
  const closed = new Promise<void>((resolve) =>
    client.onNotification(({ method }) => method === "process/closed" && resolve())
  );
  await client.call("process/terminate", { processId: "two" });
  await closed;
  assertEquals(names(scene.ws), []);
});

test("what the user put there is kept", async () => {
  await using scene = await sandboxScene();
  Deno.mkdirSync(`${scene.ws}/.git`, { mode: 0o555 });
  Deno.writeTextFileSync(`${scene.ws}/later`, "");
  await scene.sh(LINES, "true");
  assertEquals(names(scene.ws), [".git", "later"]);
  await start(scene, "one", "sleep 60");
  // the user is quicker than the end of the process
  Deno.writeTextFileSync(`${scene.ws}/.codex/config`, "mine");
  await scene.client.call("process/terminate", { processId: "one" });
  await until("the others are gone", () => names(scene.ws).length === 3);
  assertEquals(treeOf(scene.ws), { ".git": "directory", "later": "", ".codex": "directory", ".codex/config": "mine" });
});

test("a server ended by SIGKILL", async () => {
  await using scene = await sandboxScene();
  const before = { temporary: traces(scene).temporary, tree: {} };
  Deno.mkdirSync(`${scene.ws}/with space 'n' \n line*`);
  for (const id of ["one", "two"]) await start(scene, id, "setsid sleep 60 & sleep 60");
  assertEquals(names(scene.ws).length, OCCUPIED.length + 1);
  Deno.removeSync(`${scene.ws}/with space 'n' \n line*`);
  scene.server.kill("SIGKILL");
  await scene.server.status;
  await until("no process is left", () => marked(scene.root).length === 0);
  await until("no placeholder is left", () => names(scene.ws).length === 0);
  const temporary = temporaryFiles();
  assertEquals({ temporary, tree: treeOf(scene.ws) }, before);
});

test("a server ended by SIGKILL while another one goes on", async () => {
  await using scene = await sandboxScene();
  await using other = await startServer();
  await using client = await ExecServerClient.connect(other.url, { clientName: "test" });
  await start(scene, "one", "sleep 60");
  await start(scene, "two", "sleep 60", client);
  scene.server.kill("SIGKILL");
  await scene.server.status;
  await until("only the other process is left", () => marked(scene.root).length <= 3);
  assertEquals(names(scene.ws), OCCUPIED);
  const sandbox = sandboxOf(LINES.map((line) => line.replace("$", scene.root) as typeof line), scene.ws);
  const run = await collectProcess(client, ["/bin/mkdir", ".git"], { cwd: scene.ws, sandbox });
  assertEquals(run.exitCode, 1);
  await client.call("process/terminate", { processId: "two" });
  await until("no placeholder is left", () => names(scene.ws).length === 0);
});

test("an orderly stop of the server", async () => {
  await using scene = await sandboxScene();
  await start(scene, "one", "sleep 60");
  scene.server.kill("SIGTERM");
  await scene.server.status;
  assertEquals(names(scene.ws), []);
  assertEquals(marked(scene.root), []);
});

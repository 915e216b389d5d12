import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type ApprovalRequest,
  type Approver,
  type SelectedEnvironment,
  Toolset,
  type ToolsetOptions,
} from "../../../client/tools/mod.ts";
import type { Environment } from "../../../client/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { alive } from "../../support/process_table.ts";
import { until } from "../../support/until.ts";
import { KINDS } from "./environments.ts";
import { fillWorkspace, readWorkspace } from "./patch/workspace.ts";

/** Two environments with a folder of their own each, the remote one first. */
async function twoEnvironments() {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const selected: SelectedEnvironment[] = [];
  for (const kind of [...KINDS].reverse()) {
    const environment = stack.use(await kind.open());
    const cwd = `${dir.path}/${kind.name}`;
    await Deno.mkdir(cwd);
    selected.push({ environment, cwd });
  }
  const [remote, local] = selected as [SelectedEnvironment, SelectedEnvironment];
  return { remote, local, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function answer(tools: Toolset, name: string, input: unknown): Promise<string> {
  const { content } = await tools.call(name, typeof input === "string" ? input : JSON.stringify(input));
  const [part] = content;
  assert(part?.type === "text");
  return part.text;
}

function outputOf(text: string): string {
  return text.slice(text.indexOf("\nOutput:\n") + 9);
}

function patch(path: string, environment?: string): string {
  const line = environment === undefined ? "" : `*** Environment ID: ${environment}\n`;
  return `*** Begin Patch\n${line}*** Add File: ${path}\n+x\n*** End Patch`;
}

function propertiesOf(tools: Toolset): Record<string, string[]> {
  return Object.fromEntries(
    tools.definitions.map(({ name, parameters }) => [name, Object.keys(parameters.properties)]),
  );
}

/** An environment that is only looked at. */
function described(id: string, exec: boolean, filesystem: boolean): SelectedEnvironment {
  return { environment: { id, capabilities: { exec, filesystem } } as Environment, cwd: "/" };
}

Deno.test("Toolset: environment_id is offered only where there is a choice", () => {
  const one = new Toolset({ environments: [described("a", true, true)] });
  assertEquals(Object.keys(propertiesOf(one)), [
    "exec_command",
    "write_stdin",
    "apply_patch",
    "view_image",
    "list_dir",
  ]);
  assertEquals(Object.entries(propertiesOf(one)).filter(([, names]) => names.includes("environment_id")), []);
  const two = propertiesOf(new Toolset({ environments: [described("a", true, true), described("b", true, true)] }));
  assertEquals(
    Object.keys(two).filter((name) => two[name]?.includes("environment_id")),
    ["exec_command", "view_image", "list_dir"],
    "sessions know their environment, and a patch names it in its text",
  );
});

Deno.test("Toolset: only tools that some environment can serve are offered", () => {
  const names = (environments: SelectedEnvironment[]) =>
    new Toolset({ environments }).definitions.map(({ name }) => name);
  assertEquals(names([]), []);
  assertEquals(names([described("a", true, false)]), ["exec_command", "write_stdin"]);
  assertEquals(names([described("a", false, true)]), ["apply_patch", "view_image", "list_dir"]);
  assertEquals(names([described("a", false, false), described("b", true, false)]), ["exec_command", "write_stdin"]);
});

Deno.test("Toolset: a call that is not offered, or that the environment cannot serve, is answered", async () => {
  const tools = new Toolset({ environments: [described("a", true, false), described("b", false, true)] });
  const none = "No usable execution environment is available. " +
    "Wait for an environment to become available before using this tool.";
  assertEquals(await answer(tools, "frobnicate", {}), "unsupported call: frobnicate");
  assertEquals(
    await answer(new Toolset({ environments: [] }), "exec_command", { cmd: "x" }),
    "unsupported call: exec_command",
  );
  assertEquals(await answer(tools, "exec_command", { cmd: "x", environment_id: "b" }), none);
  assertEquals(await answer(tools, "list_dir", {}), none);
  assertEquals(await answer(tools, "apply_patch", patch("a")), none);
});

Deno.test("Toolset: an environment cannot be selected twice", () => {
  let message = "";
  try {
    new Toolset({ environments: [described("a", true, true), described("a", true, true)] });
  } catch (error) {
    message = (error as Error).message;
  }
  assertEquals(message, 'Cannot select environment "a" twice');
});

Deno.test("Toolset: calls go to the named environment, else to the primary one", async () => {
  await using two = await twoEnvironments();
  await using tools = new Toolset({ environments: [two.remote, two.local] });
  const pwd = { cmd: "pwd", login: false };
  assertEquals(outputOf(await answer(tools, "exec_command", pwd)), `${two.remote.cwd}\n`);
  assertEquals(
    outputOf(await answer(tools, "exec_command", { ...pwd, environment_id: "local" })),
    `${two.local.cwd}\n`,
  );
  assertEquals(
    await answer(tools, "exec_command", { ...pwd, environment_id: "nope" }),
    "unknown turn environment id `nope`",
  );
  assertEquals(
    await answer(tools, "view_image", { path: "x", environment_id: "nope" }),
    "unknown turn environment id `nope`",
  );

  for (const text of [patch("primary"), patch("named", "remote"), patch("other", "local")]) {
    assertMatch(await answer(tools, "apply_patch", text), /^Exit code: 0\n/);
  }
  assertEquals(await answer(tools, "apply_patch", patch("x", "nope")), "unknown turn environment id `nope`");
  const heredoc = (text: string) => ({ cmd: `apply_patch <<'EOF'\n${text}\nEOF`, environment_id: "local" });
  assertMatch(
    await answer(tools, "exec_command", heredoc(patch("heredoc"))),
    /^Wall time: .*\nOutput:\nExit code: 0\n/,
  );
  assertMatch(await answer(tools, "exec_command", heredoc(patch("heredoc2", "local"))), /Exit code: 0\n/);
  assertEquals(
    await answer(tools, "exec_command", heredoc(patch("x", "remote"))),
    "apply_patch verification failed: the patch is for environment `remote`, the call for `local`",
  );
  assertEquals(Object.keys(await readWorkspace(two.remote.cwd)), ["named", "primary"]);
  assertEquals(Object.keys(await readWorkspace(two.local.cwd)), ["heredoc", "heredoc2", "other"]);
  assertEquals(await answer(tools, "list_dir", {}), `${two.remote.cwd}\nnamed\nprimary`);
  assertEquals(
    await answer(tools, "list_dir", { environment_id: "local" }),
    `${two.local.cwd}\nheredoc\nheredoc2\nother`,
  );
});

Deno.test("Toolset: a patch cannot choose where there is no choice", async () => {
  await using two = await twoEnvironments();
  await using tools = new Toolset({ environments: [two.local] });
  const unavailable = "apply_patch environment selection is unavailable for this turn";
  assertEquals(await answer(tools, "apply_patch", patch("a", "local")), unavailable);
  assertEquals(await answer(tools, "apply_patch", patch("a", "nope")), unavailable);
  assertEquals(await readWorkspace(two.local.cwd), {});
});

Deno.test("Toolset: a session goes on in its own environment", async () => {
  await using two = await twoEnvironments();
  await using tools = new Toolset({ environments: [two.remote, two.local] });
  const started = await answer(tools, "exec_command", {
    cmd: "read x; pwd",
    tty: true,
    login: false,
    yield_time_ms: 250,
    environment_id: "local",
  });
  const [, id] = /session ID (\d+)/.exec(started) ?? [];
  const ended = await answer(tools, "write_stdin", { session_id: Number(id), chars: "\n", yield_time_ms: 20_000 });
  assertEquals(outputOf(ended), `\r\n${two.local.cwd}\r\n`);
});

/** Answers in turn and notes what was asked. */
class ScriptedApprover implements Approver {
  readonly asked: ApprovalRequest[] = [];
  readonly everything = true;
  readonly #decisions: ("accept" | "acceptForSession" | "decline")[];

  constructor(...decisions: ("accept" | "acceptForSession" | "decline")[]) {
    this.#decisions = decisions;
  }

  ask(request: ApprovalRequest) {
    this.asked.push(request);
    return Promise.resolve(this.#decisions.shift() ?? "decline");
  }
}

Deno.test("Toolset: what was approved for the session is asked again in another environment", async () => {
  await using two = await twoEnvironments();
  const approver = new ScriptedApprover("acceptForSession", "decline", "acceptForSession", "decline");
  const options: ToolsetOptions = {
    environments: [two.remote, { ...two.local, cwd: two.remote.cwd }],
    approver,
  };
  await using tools = new Toolset(options);
  const command = { cmd: "echo ok", login: false };
  assertEquals(outputOf(await answer(tools, "exec_command", command)), "ok\n");
  assertEquals(outputOf(await answer(tools, "exec_command", command)), "ok\n");
  assertEquals(
    await answer(tools, "exec_command", { ...command, environment_id: "local" }),
    'exec_command failed: CreateProcess { message: "Rejected(\\"rejected by user\\")" }',
  );
  assertMatch(await answer(tools, "apply_patch", patch("a")), /^Exit code: 0\n/);
  assertMatch(await answer(tools, "apply_patch", patch("a")), /^Exit code: 0\n/);
  assertEquals(await answer(tools, "apply_patch", patch("a", "local")), "patch rejected by user");
  assertEquals(
    approver.asked.map((request) => request.kind === "command" ? request.command.environmentId : request.environmentId),
    ["remote", "local", "remote", "local"],
  );
  const [, , files] = approver.asked;
  assertEquals(files, {
    kind: "patch",
    environmentId: "remote",
    files: [{ environmentId: "remote", path: `${two.remote.cwd}/a` }],
  });
});

Deno.test("Toolset: escalation is offered and asked about only where somebody can grant it, and leaves the sandbox", async () => {
  await using two = await twoEnvironments();
  const permissions = { type: "managed", network: "restricted", file_system: { type: "restricted", entries: [] } };
  const sandbox = { permissions, cwd: two.local.cwd, windowsSandboxLevel: "disabled" };
  const environments = [{ ...two.local, sandbox }];
  const asked: ApprovalRequest[] = [];
  const approver: Approver = {
    ask: (request) => {
      asked.push(request);
      return Promise.resolve("accept");
    },
  };
  await using granting = new Toolset({ environments, approver }), strict = new Toolset({ environments });
  const offered = (tools: Toolset) => propertiesOf(tools).exec_command?.includes("sandbox_permissions");
  assertEquals([offered(granting), offered(strict)], [true, false]);
  const confined = { cmd: "echo x > made", login: false };
  const escalated = {
    ...confined,
    sandbox_permissions: "require_escalated",
    justification: "why",
    prefix_rule: ["echo"],
  };
  await answer(granting, "exec_command", confined);
  assertMatch(await answer(strict, "exec_command", escalated), /^approval policy is Never; reject command/);
  assertEquals([asked, await readWorkspace(two.local.cwd)], [[], {}]);
  assertMatch(await answer(granting, "exec_command", escalated), /Process exited with code 0/);
  assertEquals(await readWorkspace(two.local.cwd), { made: "x\n" });
  assertEquals(asked.map((request) => request.kind === "command" && [request.justification, request.prefixRule]), [
    ["why", ["echo"]],
  ]);
});

Deno.test("Toolset: a patch that does not fit is not asked about", async () => {
  await using two = await twoEnvironments();
  const approver = new ScriptedApprover("accept");
  await using tools = new Toolset({ environments: [two.local], approver });
  await answer(tools, "apply_patch", "*** Begin Patch\n*** Delete File: missing\n*** End Patch");
  assertEquals(approver.asked, []);
});

for (const kind of KINDS) {
  Deno.test(`Toolset: its processes end with it, ${kind.name}`, async () => {
    await using dir = await tempDir();
    await using environment = await kind.open();
    const tools = new Toolset({ environments: [{ environment, cwd: dir.path }] });
    await answer(tools, "exec_command", { cmd: "echo $$ > pid; exec sleep 60", login: false, yield_time_ms: 1_000 });
    const pid = Number(await Deno.readTextFile(`${dir.path}/pid`));
    assert(alive(pid));
    await tools[Symbol.asyncDispose]();
    await until("the process is gone", () => !alive(pid));
  });

  Deno.test(`Toolset: a call that is given up leaves its command in a session, ${kind.name}`, async () => {
    await using dir = await tempDir();
    await using environment = await kind.open();
    await using tools = new Toolset({ environments: [{ environment, cwd: dir.path }] });
    const controller = new AbortController();
    const pending = tools.call("exec_command", JSON.stringify({ cmd: "sleep 60", login: false }), {
      signal: controller.signal,
    });
    controller.abort();
    const { content: [part] } = await pending;
    assertMatch(part?.type === "text" ? part.text : "", /Process running with session ID \d+/);
  });

  Deno.test(`list_dir: lists, refuses and cuts, ${kind.name}`, async () => {
    await using dir = await tempDir();
    await fillWorkspace(dir.path, {
      "b/c": "",
      "a.txt": "",
      "ž": "",
      "empty": { directory: true },
      "link": { link: "b" },
    });
    await using environment = await kind.open();
    await using tools = new Toolset({ environments: [{ environment, cwd: dir.path }] });
    assertEquals(await answer(tools, "list_dir", {}), `${dir.path}\na.txt\nb/\nempty/\nlink/\nž`);
    assertEquals(await answer(tools, "list_dir", { path: "b/../empty" }), `${dir.path}/empty`);
    assertEquals(
      await answer(tools, "list_dir", { path: "nope" }),
      `unable to list directory \`${dir.path}/nope\`: No such file or directory (os error 2)`,
    );
    await Deno.mkdir(`${dir.path}/many`);
    for (let i = 0; i < 2_003; i++) Deno.writeTextFileSync(`${dir.path}/many/${i}`, "");
    const lines = (await answer(tools, "list_dir", { path: "many" })).split("\n");
    assertEquals([lines.length, lines.at(-1)], [2_002, "... 3 more entries ..."]);
  });
}

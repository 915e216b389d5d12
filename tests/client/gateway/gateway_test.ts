import { assert, assertEquals, assertRejects } from "@std/assert";
import { EnvironmentManager, Gateway, type NamedTarget, RemoteEnvironment } from "../../../client/mod.ts";
import { ErrorCode, INITIALIZED, RpcError } from "../../../protocol/mod.ts";
import { serveFilesystem } from "../../../server/mod.ts";
import { startServer } from "../../support/test_server.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { until } from "../../support/until.ts";
import { type RawClient, rawClient, startGateway } from "./support.ts";

const APP = {
  clientInfo: { name: "test", title: "Test", version: "1" },
  capabilities: { experimentalApi: true },
};
const PLAIN = { clientName: "test" };

async function refusal(client: RawClient, method: string, params: unknown): Promise<{ code: number; message: string }> {
  const { code, message } = await assertRejects(() => client.call(method, params), RpcError);
  return { code, message };
}

const { InvalidRequest, InvalidParams, Internal, MethodNotFound, NotFound } = ErrorCode;

Deno.test("gateway: environment/add needs the capability, adds and replaces, and connects to nothing", async () => {
  await using fixture = await startGateway();
  await using plain = await rawClient(fixture.gateway, PLAIN);
  const add = { environmentId: "e1", execServerUrl: "ws://127.0.0.1:9" };
  assertEquals(await refusal(plain, "environment/add", add), {
    code: InvalidRequest,
    message: "environment/add requires experimentalApi capability",
  });
  await using client = await rawClient(fixture.gateway, APP);
  assertEquals(await client.call("environment/add", { ...add, skills: { required: ["x"] }, connectTimeoutMs: 50 }), {});
  const first = fixture.environments.getEnvironment("e1");
  assertEquals(await client.call("environment/add", add), {});
  assert(first !== fixture.environments.getEnvironment("e1"));
  assertEquals(fixture.environments.defaultEnvironmentId, "remote");
  assertEquals(await client.call("environment/status", { environmentId: "e1" }), { status: "pending" });
});

Deno.test("gateway: environment/add refuses with the original's texts", async () => {
  await using fixture = await startGateway();
  await using client = await rawClient(fixture.gateway, APP);
  const url = "ws://127.0.0.1:9";
  const cases: [Record<string, unknown>, number, string][] = [
    [{ environmentId: "", execServerUrl: url }, InvalidRequest, "environment id cannot be empty"],
    [
      { environmentId: "local", execServerUrl: url },
      InvalidRequest,
      "environment id `local` is reserved for EnvironmentManager",
    ],
    [
      { environmentId: "a", execServerUrl: "None" },
      InvalidRequest,
      "remote environment cannot use disabled exec-server url",
    ],
    [{ environmentId: "a", execServerUrl: " " }, InvalidRequest, "remote environment requires an exec-server url"],
    [
      { environmentId: "a", execServerUrl: "ws://192.0.2.1", authBearerToken: "t" },
      InvalidRequest,
      "exec-server WebSocket headers require wss:// or a loopback destination",
    ],
  ];
  for (const [params, code, text] of cases) {
    assertEquals(await refusal(client, "environment/add", params), {
      code,
      message: `exec-server protocol error: ${text}`,
    });
  }
  const { code, message } = await refusal(client, "environment/add", { environmentId: "a" });
  assertEquals(code, InvalidParams);
  assert(message.startsWith("params.execServerUrl: "), message);
});

Deno.test("gateway: environment/status tells of any id and never fails, environment/info does", async () => {
  await using fixture = await startGateway();
  await using client = await rawClient(fixture.gateway, APP);
  assertEquals(await client.call("environment/status", { environmentId: "x" }), {
    status: "unknown",
    error: "unknown environment id `x`",
  });
  assertEquals(await client.call("environment/status", { environmentId: "local" }), { status: "ready" });
  assertEquals(await client.call("environment/status", { environmentId: "remote" }), { status: "pending" });
  assertEquals(await refusal(client, "environment/info", { environmentId: "x" }), {
    code: InvalidRequest,
    message: "unknown environment id `x`",
  });
  for (const params of [{ environmentId: "remote" }, {}, undefined]) {
    const info = await client.call("environment/info", params) as { shell: { name: string }; cwd: string };
    assert(info.shell.name.length > 0 && info.cwd.startsWith("file:///"), JSON.stringify(info));
  }
  assertEquals(await client.call("environment/status", {}), { status: "ready" });
});

Deno.test("gateway: an executor that is not reached is told as it is", async () => {
  await using fixture = await startGateway();
  await using client = await rawClient(fixture.gateway, APP);
  const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `ws://127.0.0.1:${gone.addr.port}`;
  gone.close();
  await client.call("environment/add", { environmentId: "down", execServerUrl: url });
  const info = await refusal(client, "environment/info", { environmentId: "down" });
  assertEquals(info.code, Internal);
  assert(
    info.message.startsWith(
      `failed to get info for environment \`down\`: failed to connect to exec-server websocket \`${url}`,
    ),
    info.message,
  );
  const read = await refusal(client, "fs/readFile", { environmentId: "down", path: "/x" });
  assertEquals(read.code, Internal);
  assert(read.message.startsWith("failed to connect to exec-server websocket"), read.message);
  const status = await client.call("environment/status", { environmentId: "down" }) as Record<string, string>;
  assertEquals(status.status, "disconnected");
  assert(status.error?.startsWith("failed to connect"), status.error);
});

Deno.test("gateway: the handshake is that of an exec-server, for both kinds of clients", async () => {
  await using fixture = await startGateway();
  await using client = await rawClient(fixture.gateway);
  assertEquals(await refusal(client, "fs/readFile", { path: "/x" }), {
    code: InvalidRequest,
    message: "client must call initialize before using filesystem methods",
  });
  assertEquals((await refusal(client, "initialize", {})).code, InvalidParams);
  assertEquals(await refusal(client, "initialize", { ...PLAIN, resumeSessionId: "s" }), {
    code: InvalidRequest,
    message: "unknown session id s",
  });
  const { sessionId } = await client.call("initialize", APP) as { sessionId: string };
  assertEquals(sessionId.length, 36);
  assertEquals(await refusal(client, "process/read", { processId: "p" }), {
    code: InvalidRequest,
    message: "client must send initialized before using exec methods",
  });
  client.peer.notify(INITIALIZED, {});
  assertEquals((await refusal(client, "initialize", PLAIN)).message, "initialize may only be sent once per connection");
  for (const method of ["fs/watchMissing", "process/list", "http/request", "nonsense", "fs/nonsense", "toString"]) {
    assertEquals(await refusal(client, method, {}), {
      code: MethodNotFound,
      message: `exec-server stub does not implement \`${method}\` yet`,
    });
  }
});

Deno.test("gateway: files and processes of each environment, in the form of the request", async () => {
  await using fixture = await startGateway();
  await using dir = await tempDir();
  await using client = await rawClient(fixture.gateway, PLAIN);
  for (const environmentId of ["local", "remote", undefined]) {
    const at = { ...environmentId !== undefined && { environmentId } };
    const path = `${dir.path}/${environmentId}`;
    await client.call("fs/writeFile", { ...at, path, dataBase64: "eA==" });
    assertEquals(await client.call("fs/readFile", { ...at, path: `file://${path}` }), { dataBase64: "eA==" });
    assertEquals(await client.call("fs/canonicalize", { ...at, path: `file://${path}` }), { path: `file://${path}` });
    assertEquals(await client.call("fs/canonicalize", { ...at, path }), { path });
    assertEquals(await client.call("fs/open", { ...at, path, handleId: "h" }), { handleId: "h" });
    const block = { ...at, handleId: "h", offset: 0, len: 10 };
    assertEquals(await client.call("fs/readBlock", block), { chunk: "eA==", eof: true });
    assertEquals(await client.call("fs/close", { ...at, handleId: "h" }), {});
    const missing = await refusal(client, "fs/readFile", { ...at, path: `${path}.missing` });
    assertEquals(missing, { code: NotFound, message: "No such file or directory (os error 2)" });
    const processId = `p-${environmentId}`;
    const closed = client.next("process/closed");
    const start = { ...at, processId, argv: ["/bin/sh", "-c", "exit 3"], cwd: dir.path, env: {}, tty: false };
    assertEquals(await client.call("process/start", start), { processId, sandboxType: "none" });
    assertEquals((await closed).processId, processId);
    const exited = client.notifications.find(({ method, params }) =>
      method === "process/exited" && (params as { processId: string }).processId === processId
    );
    assertEquals((exited?.params as { exitCode: number }).exitCode, 3);
  }
  assertEquals(await refusal(client, "fs/readFile", { environmentId: "x", path: "/" }), {
    code: InvalidRequest,
    message: "unknown environment id `x`",
  });
});

Deno.test("gateway: a legacy sandbox policy with an explicit cwd holds, in both spellings", async () => {
  await using fixture = await startGateway();
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/ws`);
  await using client = await rawClient(fixture.gateway, PLAIN);
  const write = (path: string, sandboxPolicy: unknown) =>
    client.call("fs/writeFile", { path, dataBase64: "eA==", sandboxPolicy, cwd: `${dir.path}/ws` });
  const inside = `${dir.path}/ws/f`, outside = `${dir.path}/f`;
  const tight = { excludeSlashTmp: true, excludeTmpdirEnvVar: true };
  for (const policy of [{ type: "readOnly" }, { type: "read-only" }]) {
    for (const path of [inside, outside]) await assertRejects(() => write(path, policy), RpcError);
  }
  const snake = { type: "workspace-write", exclude_slash_tmp: true, exclude_tmpdir_env_var: true };
  for (const policy of [{ type: "workspaceWrite", ...tight }, snake]) {
    await assertRejects(() => write(outside, policy), RpcError);
    assertEquals(await write(inside, policy), {});
    await Deno.remove(inside);
  }
  // the negative control: without a policy, and with one that allows it
  for (const policy of [undefined, null, { type: "dangerFullAccess" }]) {
    assertEquals(await write(outside, policy), {});
    await Deno.remove(outside);
  }
  const readable = { path: "/etc/hostname", sandboxPolicy: { type: "readOnly" }, cwd: dir.path };
  assert(((await client.call("fs/readFile", readable)) as { dataBase64: string }).dataBase64.length > 0);
});

Deno.test("gateway: a legacy sandbox policy that cannot be understood is refused, and nothing is written", async () => {
  await using fixture = await startGateway();
  await using dir = await tempDir();
  await using client = await rawClient(fixture.gateway, PLAIN);
  const path = `${dir.path}/f`;
  const cases: [Record<string, unknown>, string][] = [
    [{ sandboxPolicy: { type: "readOnly" } }, "params.cwd: sandboxPolicy needs an explicit cwd"],
    [
      { sandboxPolicy: { type: "readOnly" }, sandbox: {}, cwd: "/" },
      "params.sandboxPolicy: expected either sandbox or sandboxPolicy",
    ],
    [{ sandboxPolicy: { type: "nonsense" }, cwd: "/" }, "params.sandboxPolicy.type: "],
    [{ sandboxPolicy: "readOnly", cwd: "/" }, "params.sandboxPolicy: "],
    [{ sandboxPolicy: { type: "workspaceWrite", writableRoots: ["rel"] }, cwd: "/" }, "params.sandboxPolicy: "],
    [{ sandboxPolicy: { type: "readOnly" }, cwd: "rel" }, "params.sandboxPolicy: "],
  ];
  for (const [extra, text] of cases) {
    const { code, message } = await refusal(client, "fs/writeFile", { path, dataBase64: "eA==", ...extra });
    assertEquals(code, InvalidParams);
    assert(message.startsWith(text), message);
  }
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("gateway: two clients may choose the same ids, and one does not see the other's", async () => {
  await using fixture = await startGateway();
  await using one = await rawClient(fixture.gateway, PLAIN);
  await using two = await rawClient(fixture.gateway, PLAIN);
  const start = {
    processId: "p",
    argv: ["/bin/sh", "-c", "cat; exit $0"],
    cwd: "/",
    env: { PATH: "/bin:/usr/bin" },
    tty: false,
  };
  for (const [client, status] of [[one, "1"], [two, "2"]] as const) {
    await client.call("process/start", { ...start, argv: [...start.argv, status], pipeStdin: true });
    assertEquals((await refusal(client, "process/start", start)).message, "process p already exists");
  }
  for (const [client, status] of [[two, 2], [one, 1]] as const) {
    const exited = client.next("process/exited");
    await client.call("process/closeStdin", { processId: "p" });
    assertEquals((await exited).exitCode, status);
  }
});

Deno.test("gateway: writes carry their ids: a repeated one is accepted and writes nothing", async () => {
  await using fixture = await startGateway();
  await using client = await rawClient(fixture.gateway, PLAIN);
  const start = { processId: "p", argv: ["/bin/cat"], cwd: "/", env: {}, tty: false, pipeStdin: true };
  await client.call("process/start", start);
  for (const writeId of ["1", "1", "2", "2"]) {
    assertEquals(await client.call("process/write", { processId: "p", chunk: "eA==", writeId }), {
      status: "accepted",
    });
  }
  const closed = client.next("process/closed");
  await client.call("process/closeStdin", { processId: "p" });
  await closed;
  const { chunks } = await client.call("process/read", { processId: "p" }) as { chunks: { chunk: string }[] };
  assertEquals(chunks.map(({ chunk }) => atob(chunk)).join(""), "xx");
  const unknown = { processId: "q", chunk: "eA==", writeId: "1" };
  assertEquals(await client.call("process/write", unknown), { status: "unknownProcess" });
});

Deno.test("gateway: when a client is gone its processes and open files are too", async () => {
  await using fixture = await startGateway();
  await using dir = await tempDir();
  const client = await rawClient(fixture.gateway, PLAIN);
  const output = client.next("process/output");
  for (const environmentId of ["remote", "local"]) {
    await client.call("process/start", {
      environmentId,
      processId: environmentId,
      argv: ["/bin/sh", "-c", "echo $$; exec sleep 60"],
      cwd: dir.path,
      env: { PATH: "/bin:/usr/bin" },
      tty: false,
    });
  }
  await output;
  await until(
    "both have told their pid",
    () => client.notifications.filter(({ method }) => method === "process/output").length === 2,
  );
  const pids = client.notifications.map(({ params }) => Number(atob((params as { chunk: string }).chunk)));
  const path = `${dir.path}/open`;
  await Deno.writeTextFile(path, "x");
  await client.call("fs/open", { environmentId: "local", path, handleId: "h" });
  assert(descriptorsOf(path) > 0);
  await client[Symbol.asyncDispose]();
  await until("the processes are gone", () => pids.every((pid) => !isRunning(pid)));
  assertEquals(descriptorsOf(path), 0);
});

Deno.test("gateway: a process whose executor is gone is closed without an exit, and reading it tells why", async () => {
  await using server = await startServer();
  const open = (named: NamedTarget) => new RemoteEnvironment(named, { recovery: "none" });
  await using environments = EnvironmentManager.withoutEnvironments({ open });
  environments.upsertEnvironment("box", server.url);
  const gateway = new Gateway({ environments, files: serveFilesystem });
  await using client = await rawClient(gateway, PLAIN);
  const output = client.next("process/output"), closed = client.next("process/closed");
  const start = { argv: ["/bin/sh", "-c", "echo x; exec sleep 60"], cwd: "/", env: {}, tty: false };
  await client.call("process/start", { ...start, environmentId: "box", processId: "p" });
  await output;
  server.kill("SIGKILL");
  assertEquals(await closed, { processId: "p", seq: 2 });
  assertEquals(client.notifications.map(({ method }) => method), ["process/output", "process/closed"]);
  const read = await client.call("process/read", { processId: "p" }) as { failure: string; closed: boolean };
  assert(read.closed && read.failure.startsWith("exec-server transport disconnected"), read.failure);
});

function descriptorsOf(path: string): number {
  const targets = [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`);
    } catch {
      return ""; // closed meanwhile
    }
  });
  return targets.filter((target) => target === path).length;
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

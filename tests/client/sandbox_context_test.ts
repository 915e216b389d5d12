import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  ClientError,
  ExecServerClient,
  RemoteFilesystem,
  sandboxFromPolicy,
  sandboxFromProfile,
  sandboxFromProfileWithCwd,
} from "../../client/mod.ts";
import { FakeExecServer } from "../../client/testing/mod.ts";
import { type PermissionProfile, RpcError } from "../../protocol/mod.ts";
import { ExecServer } from "../../server/mod.ts";
import { parseSandbox } from "../../sandbox/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

const WORKSPACE: PermissionProfile = {
  type: "managed",
  network: "restricted",
  fileSystem: {
    type: "restricted",
    entries: [
      { target: { type: "special", value: { kind: "root" } }, access: "read" },
      { target: { type: "special", value: { kind: "project_roots" } }, access: "write" },
      { target: { type: "path", path: "/secret" }, access: "deny" },
    ],
  },
};
const ABSOLUTE: PermissionProfile = {
  type: "managed",
  network: "restricted",
  fileSystem: { type: "restricted", entries: [{ target: { type: "path", path: "/data" }, access: "read" }] },
};

Deno.test("sandbox contexts read back as what they were made of", () => {
  assertEquals(parseSandbox(sandboxFromProfileWithCwd(WORKSPACE, "/ws/./x")).profile, WORKSPACE);
  assertEquals(parseSandbox(sandboxFromProfileWithCwd(WORKSPACE, "/ws/./x")).cwd, "/ws/x");
  assertEquals(parseSandbox(sandboxFromProfile(ABSOLUTE)).profile, ABSOLUTE);
  assertEquals(parseSandbox(sandboxFromPolicy({ type: "danger-full-access" }, "/ws")).profile, { type: "disabled" });
});

Deno.test("sandbox contexts carry a cwd on their face only where the permissions depend on it", () => {
  assertEquals(sandboxFromProfileWithCwd(WORKSPACE, "/ws").cwd, "file:///ws");
  assertEquals("cwd" in sandboxFromProfileWithCwd(ABSOLUTE, "/ws"), false);
  assertEquals("cwd" in sandboxFromProfile(ABSOLUTE), false);
});

Deno.test("sandbox contexts take no relative directory, and never that of this process", () => {
  assertThrows(() => sandboxFromProfileWithCwd(WORKSPACE, "ws"), TypeError, "must be absolute");
  assertThrows(() => sandboxFromPolicy({ type: "read-only" }, "."), TypeError, "must be absolute");
  assertThrows(() => parseSandbox(sandboxFromProfile(WORKSPACE)), RpcError, "requires cwd");
});

Deno.test("a sandbox context of the library holds on the server", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/ws`);
  const server = await ExecServer.create();
  const { filesystem } = server;
  const sandbox = sandboxFromPolicy(
    { type: "workspace-write", exclude_slash_tmp: true, exclude_tmpdir_env_var: true },
    `${dir.path}/ws`,
  );
  await filesystem.writeFile(`${dir.path}/ws/in`, new Uint8Array(1), { sandbox });
  await assertRejects(() => filesystem.writeFile(`${dir.path}/out`, new Uint8Array(1), { sandbox }), RpcError);
  await filesystem.writeFile(`${dir.path}/out`, new Uint8Array(1));
  await server.shutdown();
});

Deno.test("servers of the older generation get native paths, and no process that they would not sandbox", async () => {
  const server = new FakeExecServer({
    files: { "/data/f": "x" },
    answer: (method) => method === "initialize" ? { sessionId: "s" } : undefined,
  });
  await using client = await ExecServerClient.connect(server.transport(), { clientName: "test" });
  const filesystem = new RemoteFilesystem(() => Promise.resolve(client));
  await filesystem.readFile("/data/f", { sandbox: sandboxFromProfileWithCwd(WORKSPACE, "/ws") });
  const { path, sandbox } = server.requests.at(-1)?.params as { path: string; sandbox: Record<string, unknown> };
  assertEquals({ path, cwd: sandbox.cwd }, { path: "/data/f", cwd: "/ws" });
  const { file_system: { entries } } = sandbox.permissions as {
    file_system: { entries: { path: unknown; access: string }[] };
  };
  assertEquals(entries.slice(1), [
    { path: { type: "path", path: "/ws" }, access: "write" },
    { path: { type: "path", path: "/secret" }, access: "none" },
  ]);
  const start = client.start({ argv: ["x"], cwd: "/", sandbox: sandboxFromProfile(ABSOLUTE) });
  await assertRejects(() => start, ClientError, "cannot run processes under a sandbox");
  assertEquals(server.requests.some(({ method }) => method === "process/start"), false);
});

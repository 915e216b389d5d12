import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  ClientError,
  configProvider,
  type DefaultSelection,
  type Environment,
  EnvironmentError,
  EnvironmentManager,
  type EnvironmentsConfig,
  type LocalBackends,
  type NamedTarget,
  openRemoteEnvironment,
  RemoteEnvironment,
} from "../../../client/mod.ts";
import { withoutLocal } from "../../../client/environments/environment_provider.ts";
import { LIMITS } from "../../../protocol/mod.ts";
import { RegistryError } from "../../../protocol/registry/registry_error.ts";
import { localBackends, VERSION } from "../../../mod.ts";
import { startExecutor, startRegistry } from "../../server/registry/support.ts";
import { tempDir } from "../../support/temp_dir.ts";

// backends that are never used: these tests are about which environments there are
const local = () => ({ info: () => Promise.reject(new Error("unused")) }) as unknown as LocalBackends;
const open = openRemoteEnvironment;

function fromConfig(config: EnvironmentsConfig): Promise<EnvironmentManager> {
  return EnvironmentManager.create(configProvider(config, { configDir: "/home", open }), { local });
}

function fromUrl(value: string | undefined): Promise<EnvironmentManager> {
  return EnvironmentManager.fromEnv({
    local,
    variables: value === undefined ? {} : { CODEX_EXEC_SERVER_URL: value },
  });
}

function fromSnapshot(
  ids: readonly string[],
  includeLocal: boolean,
  defaultSelection: DefaultSelection,
): Promise<EnvironmentManager> {
  const environments = ids.map((id) => open(named(id)));
  return EnvironmentManager.create({ snapshot: () => ({ environments, includeLocal, defaultSelection }) }, { local });
}

function named(id: string): NamedTarget {
  return { id, target: { kind: "url", url: "ws://127.0.0.1:9", connectTimeoutMs: 1, initializeTimeoutMs: 1 } };
}

const FILE: EnvironmentsConfig["environments"] = ["zeta", "alpha", "mid"].map((id) => ({
  id,
  url: "ws://127.0.0.1:9",
}));

Deno.test("EnvironmentManager: what a thread starts with, by the configuration", async () => {
  const cases: [EnvironmentsConfig, string[], string | undefined][] = [
    [{ environments: FILE }, ["local", "zeta", "alpha", "mid"], "local"],
    [{ environments: FILE, default: "alpha" }, ["alpha", "local", "zeta", "mid"], "alpha"],
    [{ environments: FILE, default: " mid " }, ["mid", "local", "zeta", "alpha"], "mid"],
    [{ environments: FILE, default: "local" }, ["local", "zeta", "alpha", "mid"], "local"],
    [{ environments: FILE, default: "none" }, [], undefined],
    [{ environments: FILE, default: "NONE" }, [], undefined],
    [{ environments: FILE, include_local: false }, [], undefined],
    [{ environments: FILE, include_local: false, default: "mid" }, ["mid", "zeta", "alpha"], "mid"],
    [{}, ["local"], "local"],
    [{ include_local: false }, [], undefined],
  ];
  for (const [config, ids, defaultId] of cases) {
    await using manager = await fromConfig(config);
    assertEquals(manager.defaultEnvironmentIds(), ids, JSON.stringify(config));
    assertEquals(manager.defaultEnvironmentId, defaultId);
    assertEquals(manager.defaultEnvironment()?.id, defaultId);
    assertEquals(manager.tryLocalEnvironment() !== undefined, config.include_local !== false);
    assertEquals(manager.defaultOrLocalEnvironment()?.id, defaultId ?? manager.tryLocalEnvironment()?.id);
  }
});

Deno.test("EnvironmentManager: a wrong default has the original's text", async () => {
  const cases: [EnvironmentsConfig, string][] = [
    [{ default: " " }, "default environment id cannot be empty"],
    [{ default: "missing" }, "default environment `missing` is not configured"],
    [{ default: " mi " }, "default environment `mi` is not configured"],
    [{ default: "LOCAL" }, "default environment `LOCAL` is not configured"],
    [{ default: "local", include_local: false }, "default environment `local` is not configured"],
    // entries are checked before the default
    [{ default: " ", environments: [{ id: "" }] }, "environment id cannot be empty"],
    [{ environments: [...FILE, { id: "zeta", url: "ws://a" }] }, "environment id `zeta` is duplicated"],
  ];
  for (const [config, text] of cases) {
    const { message } = await assertRejects(() => fromConfig(config), EnvironmentError);
    assertEquals(message, `exec-server protocol error: ${text}`);
  }
});

Deno.test("EnvironmentManager: CODEX_EXEC_SERVER_URL", async () => {
  for (const value of [undefined, "", "  "]) {
    await using manager = await fromUrl(value);
    assertEquals([manager.environmentIds, manager.defaultEnvironmentId], [["local"], "local"], value);
    assertEquals(manager.defaultEnvironment()?.isRemote, false);
  }
  for (const value of ["none", " NONE ", "None"]) {
    await using manager = await fromUrl(value);
    assertEquals([manager.environmentIds, manager.defaultEnvironmentIds()], [[], []], value);
    assertEquals(manager.defaultOrLocalEnvironment(), undefined);
  }
  for (const value of ["ws://127.0.0.1:9", " junk ", "http://x"]) {
    await using manager = await fromUrl(value);
    assertEquals([manager.environmentIds, manager.defaultEnvironmentId], [["remote"], "remote"], value);
    assertEquals(manager.defaultEnvironment()?.execServerUrl, value.trim());
    assertEquals(manager.defaultEnvironment()?.isRemote, true);
  }
});

Deno.test("EnvironmentManager: the Noise variables name the only environment, whatever else is configured", async () => {
  const noise = {
    CODEX_EXEC_SERVER_NOISE_REGISTRY_URL: " http://127.0.0.1:9/ ",
    CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID: " e1 ",
    CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: " token ",
  };
  await using home = await tempDir();
  await Deno.writeTextFile(`${home.path}/environments.toml`, "not toml");
  const account = { CODEX_EXEC_SERVER_NOISE_CHATGPT_ACCOUNT_ID: "account" };
  const variables = { ...noise, ...account, CODEX_EXEC_SERVER_URL: "none" };
  await using manager = await EnvironmentManager.fromCodexHome(home.path, { local, variables });
  assertEquals([manager.environmentIds, manager.defaultEnvironmentId], [["remote"], "remote"]);
  const environment = manager.defaultEnvironment();
  assert(environment instanceof RemoteEnvironment);
  assertEquals(environment.target, {
    kind: "registry",
    registryUrl: "http://127.0.0.1:9/",
    environmentId: "e1",
    bearerToken: "token",
    chatgptAccountId: "account",
    connectTimeoutMs: 10_000,
    initializeTimeoutMs: 10_000,
  });
  await assertRejects(
    () => environment.info(),
    ClientError,
    "environment registry request failed: error sending request",
  );
  // the account alone means nothing
  await using without = await EnvironmentManager.fromEnv({ local, variables: account });
  assertEquals(without.environmentIds, ["local"]);
  const text =
    "environment registry configuration error: Noise environment requires CODEX_EXEC_SERVER_NOISE_REGISTRY_URL, " +
    "CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID, and CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN";
  for (const name of Object.keys(noise)) {
    for (const value of [undefined, "", " "]) {
      const { [name as keyof typeof noise]: _, ...others } = noise;
      const some = value === undefined ? others : { ...others, [name]: value };
      const error = await assertRejects(() => EnvironmentManager.fromEnv({ local, variables: some }), RegistryError);
      assertEquals(error.message, text);
    }
  }
});

Deno.test("EnvironmentManager: an environment behind a registry is used over Noise", async () => {
  await using registry = await startRegistry();
  await using _executor = await startExecutor(registry.url, "noise");
  const variables = {
    CODEX_EXEC_SERVER_NOISE_REGISTRY_URL: registry.url,
    CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID: "e1",
    CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: "alice",
  };
  await using manager = await EnvironmentManager.fromEnv({ variables });
  const environment = manager.defaultEnvironment();
  assertEquals((await environment?.info())?.executorVersion, VERSION);
  assertEquals(await environment?.status(), { status: "ready" });
  assert((await environment!.filesystem.readFile("/etc/passwd")).length > 0);
});

Deno.test("EnvironmentManager: a URL that makes no sense fails when it is used, each time anew", async () => {
  for (const url of ["junk", "http://127.0.0.1:9"]) {
    await using manager = await fromUrl(url);
    const environment = manager.defaultEnvironment() as Environment;
    assertEquals(await environment.status(), { status: "pending" });
    for (let i = 0; i < 2; i++) await assertRejects(() => environment.filesystem.readFile("/x"), Error, url);
    assertEquals((await environment.status()).status, "disconnected");
  }
});

Deno.test("EnvironmentManager: a file, even an empty one, makes the variable count for nothing", async () => {
  await using home = await tempDir();
  const options = { local, variables: { CODEX_EXEC_SERVER_URL: "none" } };
  await using without = await EnvironmentManager.fromCodexHome(home.path, options);
  assertEquals(without.environmentIds, []);
  await Deno.writeTextFile(`${home.path}/environments.toml`, "");
  await using withFile = await EnvironmentManager.fromCodexHome(home.path, options);
  assertEquals(withFile.defaultEnvironmentIds(), ["local"]);
  await Deno.writeTextFile(`${home.path}/environments.toml`, "x");
  await assertRejects(() => EnvironmentManager.fromCodexHome(home.path, options), EnvironmentError, "failed to parse");
});

Deno.test("EnvironmentManager: checks what any provider says, in order", async () => {
  const named = (id: string): DefaultSelection => ({ kind: "environment", id });
  const cases: [string[], boolean, DefaultSelection, string][] = [
    [[""], true, named("x"), "environment id cannot be empty"],
    [["local"], false, named("x"), "environment id `local` is reserved for EnvironmentManager"],
    [["a", "b", "a"], true, named("x"), "environment id `a` is duplicated"],
    [["a"], true, named("x"), "default environment `x` is not configured"],
    [["a"], false, named("local"), "default environment `local` is not configured"],
  ];
  for (const [ids, includeLocal, selection, text] of cases) {
    const { message } = await assertRejects(() => fromSnapshot(ids, includeLocal, selection), EnvironmentError);
    assertEquals(message, `exec-server protocol error: ${text}`);
  }
  const snapshot = { environments: [], includeLocal: true, defaultSelection: { kind: "derived" } } as const;
  const { message } = await assertRejects(
    () => EnvironmentManager.create({ snapshot: () => snapshot }),
    EnvironmentError,
  );
  assertEquals(message, "exec-server protocol error: local environment requires configured runtime paths");
});

Deno.test("EnvironmentManager: the derived default is `remote`, else `local`, else none", async () => {
  const cases: [string[], boolean, string | undefined][] = [
    [["a", "remote"], true, "remote"],
    [["a"], true, "local"],
    [["a"], false, undefined],
  ];
  for (const [ids, includeLocal, expected] of cases) {
    await using manager = await fromSnapshot(ids, includeLocal, { kind: "derived" });
    assertEquals(manager.defaultEnvironmentId, expected);
  }
});

Deno.test("withoutLocal: takes this machine away, as the default too", () => {
  const snapshot = (id: string) => ({
    environments: [],
    includeLocal: true,
    defaultSelection: { kind: "environment", id } as const,
  });
  assertEquals(withoutLocal(snapshot("local")).defaultSelection, { kind: "disabled" });
  assertEquals(withoutLocal(snapshot("a")).defaultSelection, { kind: "environment", id: "a" });
  assertEquals(withoutLocal(snapshot("a")).includeLocal, false);
});

Deno.test("EnvironmentManager: environments can be added and replaced, the default stays", async () => {
  await using manager = await fromConfig({ environments: FILE, default: "alpha" });
  const added = manager.upsertEnvironment("e1", " ws://127.0.0.1:8 ");
  assertStrictEquals(manager.getEnvironment("e1"), added);
  assertEquals(added.execServerUrl, "ws://127.0.0.1:8");
  assertEquals(manager.defaultEnvironmentIds(), ["alpha", "local", "zeta", "mid", "e1"]);
  const old = manager.getEnvironment("alpha");
  const replaced = manager.upsertEnvironment("alpha", "ws://127.0.0.1:7", { connectTimeoutMs: 5 });
  assert(old !== replaced && manager.defaultEnvironment() === replaced);
  assert(replaced instanceof RemoteEnvironment && replaced.target.kind === "url");
  assertEquals(replaced.target.connectTimeoutMs, 5);
  for (const id of ["junk id/x", "x".repeat(300)]) assertEquals(manager.upsertEnvironment(id, "junk").id, id);
});

Deno.test("EnvironmentManager: what cannot be added has the original's text", async () => {
  await using manager = await fromUrl("none");
  const cases: [string, string, Parameters<EnvironmentManager["upsertEnvironment"]>[2], string][] = [
    ["", "ws://a", {}, "environment id cannot be empty"],
    ["local", "ws://a", {}, "environment id `local` is reserved for EnvironmentManager"],
    ["a", "none", {}, "remote environment cannot use disabled exec-server url"],
    ["a", " NONE ", {}, "remote environment cannot use disabled exec-server url"],
    ["a", "  ", {}, "remote environment requires an exec-server url"],
    [
      "a",
      "ws://192.0.2.1",
      { authBearerToken: "t" },
      "exec-server WebSocket headers require wss:// or a loopback destination",
    ],
    [
      "a",
      "ws://192.0.2.1",
      { websocketRequestId: "r" },
      "exec-server WebSocket headers require wss:// or a loopback destination",
    ],
    [
      "a",
      "ws://127.0.0.1",
      { websocketRequestId: "\n" },
      "invalid value for exec-server WebSocket header `x-request-id`",
    ],
  ];
  for (const [id, url, options, text] of cases) {
    const { message } = assertThrows(() => manager.upsertEnvironment(id, url, options), EnvironmentError);
    assertEquals(message, `exec-server protocol error: ${text}`);
  }
  assertEquals(manager.environmentIds, []);
});

Deno.test("EnvironmentManager: names and replaced environments are bounded", async () => {
  const closed: string[] = [];
  let made = 0;
  class Counted extends RemoteEnvironment {
    readonly #name = `${this.id}${made++}`;

    override [Symbol.asyncDispose](): Promise<void> {
      closed.push(this.#name);
      return super[Symbol.asyncDispose]();
    }
  }
  const manager = EnvironmentManager.withoutEnvironments({ open: (named) => new Counted(named) });
  for (let i = 0; i <= LIMITS.maxReplacedEnvironments; i++) manager.upsertEnvironment("a", "ws://a");
  assertEquals(closed, []);
  manager.upsertEnvironment("a", "ws://a");
  assertEquals(closed, ["a0"]);
  for (let i = 1; i < LIMITS.maxEnvironments; i++) manager.upsertEnvironment(`b${i}`, "ws://a");
  const text = `at most ${LIMITS.maxEnvironments} environments may be configured`;
  assertThrows(() => manager.upsertEnvironment("more", "ws://a"), EnvironmentError, text);
  manager.upsertEnvironment("a", "ws://a");
  await manager[Symbol.asyncDispose]();
  assertEquals(closed.length, made);
  assertEquals(new Set(closed).size, closed.length);
});

Deno.test("EnvironmentManager: this machine works without a socket and ends with the manager", async () => {
  await using dir = await tempDir();
  const manager = await EnvironmentManager.fromEnv({ local: () => localBackends(), variables: {} });
  const environment = manager.defaultEnvironment() as Environment;
  assertEquals([environment.id, environment.isRemote, environment.execServerUrl], ["local", false, undefined]);
  assertEquals(environment.capabilities, { exec: true, filesystem: true });
  assertEquals(await environment.status(), { status: "ready" });
  assertEquals((await environment.info()).platformOs, Deno.build.os);
  await environment.filesystem.writeFile(`${dir.path}/f`, new TextEncoder().encode("x"));
  const process = await environment.exec.start({ argv: ["/bin/sh", "-c", "cat f; exec sleep 60"], cwd: dir.path });
  for await (const event of process) {
    if (event.type !== "output") continue;
    assertEquals(new TextDecoder().decode(event.bytes), "x");
    break;
  }
  await manager[Symbol.asyncDispose]();
  await assertRejects(() => environment.exec.start({ argv: ["/bin/true"], cwd: "/" }));
});

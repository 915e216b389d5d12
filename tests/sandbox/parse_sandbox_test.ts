import { assertEquals, assertThrows } from "@std/assert";
import { RpcError } from "../../protocol/mod.ts";
import { parseSandbox } from "../../sandbox/parse_sandbox.ts";

type Json = Record<string, unknown>;

const LEVEL = { windowsSandboxLevel: "disabled" };
const SPECIAL_KINDS =
  '"root", "minimal", "current_working_directory", "project_roots", "tmpdir", "slash_tmp", "unknown"';

function context(permissions: unknown, others: Json = {}): Json {
  return { permissions, ...LEVEL, ...others };
}

function managed(file_system: unknown, others: Json = {}): Json {
  return context({ type: "managed", file_system, network: "restricted" }, others);
}

function restricted(entries: unknown, others: Json = {}): Json {
  return managed({ type: "restricted", entries }, others);
}

function path(path: string, access = "read", others: Json = {}): Json {
  return { path: { type: "path", path }, access, ...others };
}

function special(value: unknown, access = "read"): Json {
  return { path: { type: "special", value }, access };
}

function entriesIn(sandbox: Json): unknown {
  const { profile } = parseSandbox(sandbox);
  if (profile.type !== "managed" || profile.fileSystem.type !== "restricted") throw new Error("not restricted");
  return profile.fileSystem.entries;
}

const ENTRIES = "params.sandbox.permissions.file_system.entries";

/** Section 1.6, row by row, and what else can be malformed. */
const MALFORMED: [name: string, sandbox: Json, text: string][] = [
  ["an empty context", {}, "params.sandbox.permissions: Invalid input: expected object, received undefined"],
  ["null permissions", context(null), "params.sandbox.permissions: Invalid input: expected object, received null"],
  ["permissions that are no object", context("x"), "params.sandbox.permissions: Invalid input: expected object"],
  ["no level", { permissions: { type: "disabled" } }, "params.sandbox.windowsSandboxLevel: Invalid option"],
  [
    "an unknown level",
    context({ type: "disabled" }, { windowsSandboxLevel: "zzz" }),
    'params.sandbox.windowsSandboxLevel: Invalid option: expected one of "disabled"|"restricted-token"|"elevated"|"mxc"',
  ],
  [
    "an unknown profile type",
    context({ type: "x" }),
    'params.sandbox.permissions.type: expected one of "managed", "disabled", "external"',
  ],
  [
    "managed without file_system",
    context({ type: "managed", network: "restricted" }),
    "params.sandbox.permissions.file_system: expected an object",
  ],
  [
    "managed without network",
    context({ type: "managed", file_system: { type: "unrestricted" } }),
    'params.sandbox.permissions.network: Invalid option: expected one of "restricted"|"enabled"',
  ],
  ["external without network", context({ type: "external" }), "params.sandbox.permissions.network: Invalid option"],
  [
    "an unknown network",
    context({ type: "external", network: "x" }),
    'params.sandbox.permissions.network: Invalid option: expected one of "restricted"|"enabled"',
  ],
  ["file_system that is no object", managed("x"), "params.sandbox.permissions.file_system: expected an object"],
  [
    "an unknown file_system type",
    managed({ type: "x" }),
    'params.sandbox.permissions.file_system.type: expected one of "restricted", "unrestricted"',
  ],
  ["no entries", managed({ type: "restricted" }), `${ENTRIES}: Invalid input: expected array, received undefined`],
  ["null entries", restricted(null), `${ENTRIES}: Invalid input: expected array, received null`],
  ["an entry without path", restricted([{ access: "read" }]), `${ENTRIES}.0.path: expected an object`],
  [
    "a path without type",
    restricted([{ path: {}, access: "read" }]),
    `${ENTRIES}.0.path.type: expected one of "path", "glob_pattern", "special"`,
  ],
  [
    "an unknown path type",
    restricted([path("/x"), { path: { type: "zz" }, access: "read" }]),
    `${ENTRIES}.1.path.type: expected one of "path", "glob_pattern", "special"`,
  ],
  [
    "an unknown access",
    restricted([path("/x", "zz")]),
    `${ENTRIES}.0.access: Invalid option: expected one of "read"|"write"|"deny"|"none"`,
  ],
  ["no access", restricted([{ path: { type: "path", path: "/x" } }]), `${ENTRIES}.0.access: Invalid option`],
  [
    "an unknown special kind",
    restricted([special({ kind: "zz" })]),
    `${ENTRIES}.0.path.value.kind: expected one of ${SPECIAL_KINDS}`,
  ],
  [
    "a special without kind",
    restricted([special({})]),
    `${ENTRIES}.0.path.value.kind: expected one of ${SPECIAL_KINDS}`,
  ],
  ["a special without value", restricted([special(undefined)]), `${ENTRIES}.0.path.value: expected an object`],
  ["an unknown special without its token", restricted([special({ kind: "unknown" })]), `${ENTRIES}.0.path.value.path`],
  ["a subpath that is no text", restricted([special({ kind: "project_roots", subpath: 1 })]), "value.subpath"],
  [
    "an unknown missing_path_behavior",
    restricted([path("/x", "read", { missing_path_behavior: "zz" })]),
    `${ENTRIES}.0.missing_path_behavior: Invalid input: expected "skip"`,
  ],
  [
    "a scan depth of 0",
    managed({ type: "restricted", entries: [], glob_scan_max_depth: 0 }),
    "params.sandbox.permissions.file_system.glob_scan_max_depth: Too small",
  ],
  ["a fractional scan depth", managed({ type: "restricted", entries: [], glob_scan_max_depth: 1.5 }), "expected int"],
  [
    "a relative path entry",
    restricted([path("x")]),
    `${ENTRIES}.0.path.path: invalid path "x": expected an absolute path or a file: URI`,
  ],
  ["another scheme", restricted([path("http://h/x")]), `${ENTRIES}.0.path.path: unsupported path URI scheme \`http\``],
  ["a glob without pattern", restricted([{ path: { type: "glob_pattern" }, access: "deny" }]), ".path.pattern"],
  ["a relative cwd", restricted([], { cwd: "x" }), 'params.sandbox.cwd: invalid path "x"'],
  ["a cwd that is no text", restricted([], { cwd: 1 }), "params.sandbox.cwd: Invalid input: expected string"],
  ["a relative workspace root", restricted([], { workspaceRoots: ["x"] }), "params.sandbox.workspaceRoots.0: invalid"],
  ["workspace roots that are no list", restricted([], { workspaceRoots: "/x" }), "params.sandbox.workspaceRoots: "],
  ["a bad policyContext", restricted([], { policyContext: { cwd: "x" } }), "params.sandbox.policyContext.cwd: invalid"],
  ["a bad home", restricted([], { userHomeDir: "~" }), "params.sandbox.userHomeDir: expected an absolute path"],
  [
    "bad temporary directories",
    restricted([], { temporaryDirectories: ["t"] }),
    "params.sandbox.temporaryDirectories.0",
  ],
  ["a bad private desktop", restricted([], { windowsSandboxPrivateDesktop: 1 }), "windowsSandboxPrivateDesktop"],
  ["a bad proxy mode", restricted([], { windowsSandboxProxySettingsMode: "x" }), "windowsSandboxProxySettingsMode"],
  ["a bad useLegacyLandlock", restricted([], { useLegacyLandlock: "no" }), "params.sandbox.useLegacyLandlock: "],
  ["a bad legacy path", context({ file_system: { read: ["x"] } }), "permissions.file_system.read.0: invalid path"],
  ["a bad legacy entry", context({ file_system: { entries: [path("/x", "zz")] } }), `${ENTRIES}.0.access: Invalid`],
  ["a bad legacy network", context({ network: { enabled: 1 } }), "permissions.network.enabled: "],
  [
    "a malformed member after a foreign path",
    restricted([path("file:///C:/x"), path("/x", "zz")]),
    `${ENTRIES}.1.access`,
  ],
];

for (const [name, sandbox, text] of MALFORMED) {
  Deno.test(`parseSandbox() names the fault of ${name}`, () => {
    const error = assertThrows(() => parseSandbox(sandbox), RpcError, text);
    assertEquals(error.code, -32602);
  });
}

const OTHER_HOST = "'file://host/x' is invalid on 'linux'";

/** Section 1.5: paths of another host or system. */
const FOREIGN: [name: string, sandbox: Json, text: string][] = [
  ["cwd", restricted([], { cwd: "file://host/x" }), OTHER_HOST],
  ["policyContext.cwd", restricted([], { policyContext: { cwd: "file://host/x" } }), OTHER_HOST],
  [
    "a workspace root",
    restricted([], { workspaceRoots: ["file://host/x"] }),
    `file system sandbox workspace root is not native to this exec-server host: ${OTHER_HOST}`,
  ],
  [
    "a path entry",
    restricted([path("file:///C:/x")]),
    "invalid sandbox permission path URI: 'file:///C:/x' is invalid on 'linux'",
  ],
  ["a name with a slash", restricted([path("file:///a%2Fb")]), "invalid sandbox permission path URI: No such file"],
  ["a NUL", restricted([path("/a\0b")]), "invalid sandbox permission path URI: file name contained an unexpected NUL"],
];

for (const [name, sandbox, text] of FOREIGN) {
  Deno.test(`parseSandbox() refuses what is not of this host: ${name}`, () => {
    const error = assertThrows(() => parseSandbox(sandbox), RpcError);
    assertEquals(error.message.slice(0, text.length), text);
    assertEquals(error.code, -32600);
  });
}

Deno.test("parseSandbox() requires a cwd exactly for profiles that depend on it", () => {
  const roots = special({ kind: "project_roots" });
  const glob = (pattern: string) => ({ path: { type: "glob_pattern", pattern }, access: "deny" });
  const needing = [
    roots,
    special({ kind: "current_working_directory" }),
    glob("*.env"),
    glob("~/x/*"),
    glob("codex-project-roots://*"),
  ];
  for (const entry of needing) {
    for (const others of [{}, { cwd: null }, { policyContext: {} }, { workspaceRoots: ["/w"] }]) {
      const error = assertThrows(() => parseSandbox(restricted([entry], others)), RpcError);
      assertEquals(error.code, -32602);
      assertEquals(error.message, "file system sandbox context with dynamic permissions requires cwd");
    }
    parseSandbox(restricted([entry], { cwd: "/w" }));
    parseSandbox(restricted([entry], { policyContext: { cwd: "/w" } }));
  }
  const free = ["root", "minimal", "tmpdir", "slash_tmp"].map((kind) => special({ kind }));
  parseSandbox(restricted([...free, path("/x"), glob("/x/*"), special({ kind: "unknown", path: ":x" })]));
  parseSandbox(context({ type: "disabled" }));
});

Deno.test("parseSandbox() reads profiles of both generations", () => {
  const of = (permissions: Json) => parseSandbox(context(permissions)).profile;
  assertEquals(of({ type: "disabled" }), { type: "disabled" });
  assertEquals(of({ type: "external", network: "enabled" }), { type: "external", network: "enabled" });
  assertEquals(of({ type: "managed", file_system: { type: "unrestricted" }, network: "enabled" }), {
    type: "managed",
    network: "enabled",
    fileSystem: { type: "unrestricted" },
  });
  assertEquals(
    of({
      type: "managed",
      file_system: { type: "restricted", entries: [], glob_scan_max_depth: 3 },
      network: "restricted",
    }),
    { type: "managed", network: "restricted", fileSystem: { type: "restricted", entries: [], globScanMaxDepth: 3 } },
  );
  const depth = { type: "restricted", entries: [], glob_scan_max_depth: null };
  assertEquals(of({ type: "managed", file_system: depth, network: "restricted" }), {
    type: "managed",
    network: "restricted",
    fileSystem: { type: "restricted", entries: [] },
  });
});

Deno.test("parseSandbox() reads every kind of entry", () => {
  const sandbox = restricted([
    path("/a//b/../c"),
    path("file:///w%20x", "write", { missing_path_behavior: "skip" }),
    path("/n", "none", { missing_path_behavior: null }),
    path("/d", "deny"),
    { path: { type: "glob_pattern", pattern: "/r/**/*.env" }, access: "deny" },
    special({ kind: "root" }),
    special({ kind: "current_working_directory" }, "write"),
    special({ kind: "project_roots", subpath: ".git" }),
    special({ kind: "project_roots", subpath: null }),
    special({ kind: "unknown", path: ":future", subpath: "s" }),
  ], { cwd: "/w" });
  const target = (value: Json) => ({ type: "special", value });
  assertEquals(entriesIn(sandbox), [
    { target: { type: "path", path: "/a/c" }, access: "read" },
    { target: { type: "path", path: "/w x" }, access: "write", missingPathBehavior: "skip" },
    { target: { type: "path", path: "/n" }, access: "deny" },
    { target: { type: "path", path: "/d" }, access: "deny" },
    { target: { type: "glob_pattern", pattern: "/r/**/*.env" }, access: "deny" },
    { target: target({ kind: "root" }), access: "read" },
    { target: target({ kind: "project_roots" }), access: "write" },
    { target: target({ kind: "project_roots", subpath: ".git" }), access: "read" },
    { target: target({ kind: "project_roots", subpath: undefined }), access: "read" },
    { target: target({ kind: "unknown", path: ":future", subpath: "s" }), access: "read" },
  ]);
});

Deno.test("parseSandbox() reads the legacy permissions object", () => {
  const network = (permissions: Json) => {
    const { profile } = parseSandbox(context(permissions));
    return profile.type === "managed" ? profile.network : profile.type;
  };
  assertEquals(entriesIn(context({})), []);
  assertEquals(entriesIn(context({ network: null, file_system: null })), []);
  assertEquals(entriesIn(context({ file_system: { read: ["/a"], write: ["/b"] } })), [
    { target: { type: "path", path: "/a" }, access: "read" },
    { target: { type: "path", path: "/b" }, access: "write" },
  ]);
  assertEquals(entriesIn(context({ file_system: { read: null } })), []);
  assertEquals(entriesIn(context({ file_system: { entries: [path("/a", "none")], glob_scan_max_depth: 2 } })), [
    { target: { type: "path", path: "/a" }, access: "deny" },
  ]);
  assertEquals([{}, { network: {} }, { network: { enabled: false } }, { network: { enabled: true } }].map(network), [
    "restricted",
    "restricted",
    "restricted",
    "enabled",
  ]);
});

Deno.test("parseSandbox() lets policyContext replace the flat workspace roots and win over the flat cwd", () => {
  const read = (others: Json) => {
    const { cwd, workspaceRoots } = parseSandbox(restricted([], others));
    return [cwd, workspaceRoots];
  };
  assertEquals(read({}), [undefined, undefined]);
  assertEquals(read({ cwd: "file:///w", workspaceRoots: ["file:///w", "/x"] }), ["/w", ["/w", "/x"]]);
  assertEquals(read({ cwd: "/w", workspaceRoots: [] }), ["/w", []]);
  assertEquals(read({ cwd: "/w", workspaceRoots: ["/w"], policyContext: {} }), ["/w", []]);
  assertEquals(read({ cwd: "/w", policyContext: { cwd: "/v", workspaceRoots: ["/v"] } }), ["/v", ["/v"]]);
  assertEquals(read({ cwd: "/w", policyContext: { cwd: null, workspaceRoots: ["/v"] } }), ["/w", ["/v"]]);
  assertEquals(read({ cwd: "/w", policyContext: null }), ["/w", undefined]);
});

Deno.test("parseSandbox() takes and ignores what does not matter here", () => {
  const sandbox = context({ type: "disabled", more: 1 }, {
    userHomeDir: "file:///C:/Users/u",
    temporaryDirectories: ["file:///tmp", "/t"],
    windowsSandboxLevel: "mxc",
    windowsSandboxPrivateDesktop: true,
    windowsSandboxProxySettingsMode: "reconcile",
    useLegacyLandlock: true,
    future: {},
  });
  assertEquals(parseSandbox(sandbox), {
    profile: { type: "disabled" },
    cwd: undefined,
    workspaceRoots: undefined,
    windowsSandboxLevel: "mxc",
    useLegacyLandlock: true,
  });
});

import { assertEquals, assertThrows } from "@std/assert";
import { EnvironmentError } from "../../../client/environments/environment_error.ts";
import type { EnvironmentEntry } from "../../../client/environments/environments_config.ts";
import { resolveEntry } from "../../../client/environments/resolve_entry.ts";

type Case = readonly [entry: Partial<EnvironmentEntry>, text: string];

function resolve(entry: Partial<EnvironmentEntry>, taken: string[] = [], dir: string | undefined = "/home/x") {
  return resolveEntry({ id: "a", ...entry }, new Set(taken), dir);
}

const FAULTS: Readonly<Record<string, readonly Case[]>> = {
  "rule 1": [
    [{ id: "" }, "environment id cannot be empty"],
    [{ id: "  " }, "environment id cannot be empty"],
    [{ id: "\u00a0\u0085" }, "environment id cannot be empty"],
  ],
  "rule 2": [
    [{ id: " devbox " }, "environment id ` devbox ` must not contain surrounding whitespace"],
    [{ id: "\u0085a" }, "environment id `\u0085a` must not contain surrounding whitespace"],
    [{ id: "a\n" }, "environment id `a\n` must not contain surrounding whitespace"],
  ],
  "rule 3": [
    [{ id: "local" }, "environment id `local` is reserved"],
    [{ id: "none" }, "environment id `none` is reserved"],
    [{ id: "NONE" }, "environment id `NONE` is reserved"],
  ],
  "rule 4": [
    [{ id: "a".repeat(65) }, `environment id \`${"a".repeat(65)}\` cannot be longer than 64 characters`],
    [{ id: "ä".repeat(33) }, `environment id \`${"ä".repeat(33)}\` cannot be longer than 64 characters`],
  ],
  "rule 5": [
    ["dev.box", "a b", "a\tb", "ä".repeat(32), "\ufeffa", "a/b"].map((id) =>
      [
        { id },
        `environment id \`${id}\` must contain only ASCII letters, numbers, '-' or '_'`,
      ] as const
    ),
  ].flat(),
  "rule 6": [
    [{ url: "ws://a", args: [] }, "environment `a` args, env, and cwd require program"],
    [{ url: "ws://a", env: {} }, "environment `a` args, env, and cwd require program"],
    [{ url: "ws://a", cwd: "x" }, "environment `a` args, env, and cwd require program"],
    [{ args: [] }, "environment `a` args, env, and cwd require program"],
  ],
  "rule 7": [
    [{ program: "p", connect_timeout_sec: 1 }, "environment `a` connect_timeout_sec requires url"],
    [{ connect_timeout_sec: 1 }, "environment `a` connect_timeout_sec requires url"],
    [{ program: "p", auth_bearer_token: "x" }, "environment `a` auth_bearer_token requires url"],
    [
      { program: "p", connect_timeout_sec: 1, auth_bearer_token: "x" },
      "environment `a` connect_timeout_sec requires url",
    ],
  ],
  "rule 8": [
    [{}, "environment `a` must set exactly one of url or program"],
    [{ url: "ws://a", program: "p" }, "environment `a` must set exactly one of url or program"],
    [{ url: " ", program: " " }, "environment `a` must set exactly one of url or program"],
  ],
  "rule 9": [[{ url: "" }, "environment url cannot be empty"], [{ url: " " }, "environment url cannot be empty"]],
  "rule 10": ["http://127.0.0.1:1", "WS://a", "ws:/a", "ws:", "junk"].map((url) =>
    [{ url }, `environment url \`${url}\` must use ws:// or wss://`] as const
  ),
  "rule 11": ([
    ["empty string", ["ws://", "wss://"]],
    [
      "invalid uri character",
      [
        ...["ws://a b", "ws:// a", "ws://a/b c", "ws://a\u0001", "ws://ä", "ws://a<b", "ws://a/<b>", "ws://a/`"],
        ...["wss://a b", "ws://a\tb", 'ws://a"b', "ws://a/\0", "ws://a?<", 'ws://a?"'],
      ],
    ],
    ["invalid authority", [
      ...["ws://[::1", "ws://@", "ws://a:1:2", "ws://[", "ws://]", "ws://%41", "ws://a%", "ws://[[a]]"],
      `ws://${":".repeat(9)}`,
    ]],
    ["invalid format", ["ws://?", "ws:///x", "ws://#f"]],
    ["uri too long", [`ws://${"a/".repeat(33_000)}`]],
  ] as const).flatMap(([fault, urls]) =>
    urls.map((url) => [{ url }, `environment url \`${url}\` is invalid: HTTP format error: ${fault}`] as const)
  ),
  "rule 12": [[{ program: " " }, "environment `a` program cannot be empty"]],
  "rule 15": [
    ...["a\u0001b", "a\n", "a\u007f"].map((auth_bearer_token) =>
      [
        { url: "ws://127.0.0.1:1", auth_bearer_token },
        "invalid value for exec-server WebSocket header `authorization`",
      ] as const
    ),
    ...["10.0.0.1", "0.0.0.0", "128.0.0.1", "a.localhost", "localhost.", "127.0.0.1@evil", "[::]", "[::ffff:127.0.0.1]"]
      .flatMap((host) =>
        ["t", "", "a\n"].map((auth_bearer_token) =>
          [
            { url: `ws://${host}:1`, auth_bearer_token },
            "exec-server WebSocket headers require wss:// or a loopback destination",
          ] as const
        )
      ),
  ],
};

for (const [rule, cases] of Object.entries(FAULTS)) {
  Deno.test(`resolveEntry: ${rule} has the original's text`, () => {
    for (const [entry, text] of cases) {
      const error = assertThrows(() => resolve(entry), EnvironmentError);
      assertEquals(error.message, `exec-server protocol error: ${text}`);
    }
  });
}

Deno.test("resolveEntry: rules 13 and 14 need more than the entry", () => {
  const relative = assertThrows(() => resolveEntry({ id: "a", program: "p", cwd: "x" }, new Set(), undefined));
  assertEquals((relative as Error).message, "exec-server protocol error: environment `a` cwd must be absolute");
  const repeated = assertThrows(() => resolve({ url: "ws://a" }, ["b", "a"]), EnvironmentError);
  assertEquals(repeated.message, "exec-server protocol error: environment id `a` is duplicated");
  assertEquals(resolve({ id: "A", url: "ws://a" }, ["a"]).id, "A");
});

Deno.test("resolveEntry: rules apply in their order", () => {
  // each entry breaks its rule and the ones behind it
  const cases: Case[] = [
    [{ id: "none ", args: [] }, "environment id `none ` must not contain surrounding whitespace"],
    [{ id: "ä".repeat(65) }, `environment id \`${"ä".repeat(65)}\` cannot be longer than 64 characters`],
    [{ id: "a.b", args: [] }, "environment id `a.b` must contain only ASCII letters, numbers, '-' or '_'"],
    [{ args: [], connect_timeout_sec: 1 }, "environment `a` args, env, and cwd require program"],
    [{ url: "http://x y", auth_bearer_token: "\n" }, "environment url `http://x y` must use ws:// or wss://"],
  ];
  for (const [entry, text] of cases) {
    const { message } = assertThrows(() => resolve(entry, ["a"]), EnvironmentError);
    assertEquals(message, `exec-server protocol error: ${text}`);
  }
});

Deno.test("resolveEntry: what the original takes is taken", () => {
  const urls = [
    ...["ws://a:99999", "ws://a:b", "ws://:80", "ws://a/?q#f", "ws://a:", "ws://u:p@a", "ws://[::1]x", "ws://a/%zz"],
    ...[
      "ws://a/{b}",
      "ws://a/|",
      "ws://a/^",
      "ws://a/ä",
      "ws://a?ä",
      "ws://a@b@c",
      "ws://[a]",
      "ws://a/\\",
      "ws://a_b",
    ],
    ...[
      "ws://a!b",
      "ws://a,b",
      "ws://a:65536",
      "ws://a:-1",
      "ws://a/\u007f",
      "ws://*",
      "ws://a~",
      "ws://a'",
      "ws://a(",
    ],
    `ws://${"a".repeat(300)}`,
  ];
  for (const url of urls) assertEquals(resolve({ url: ` ${url} ` }).target, { kind: "url", url, ...TIMEOUTS });
  for (const id of ["LOCAL", "remote", "a".repeat(64), "-", "_9"]) assertEquals(resolve({ id, url: "ws://a" }).id, id);
});

const TIMEOUTS = { connectTimeoutMs: 10_000, initializeTimeoutMs: 10_000 };

Deno.test("resolveEntry: tokens become headers on loopback and over wss", () => {
  const hosts = [
    "localhost",
    "LOCALHOST",
    "127.0.0.2",
    "127.255.255.255",
    "[::1]",
    "127.1",
    "2130706433",
    "u@127.0.0.1",
  ];
  const urls = [...hosts.map((host) => `ws://${host}:1`), "wss://example.test"];
  for (const url of urls) {
    const { target } = resolve({ url, auth_bearer_token: "t" });
    assertEquals(target.kind === "url" && target.headers, { authorization: "Bearer t" }, url);
  }
  const header = (auth_bearer_token: string) => {
    const { target } = resolve({ url: "ws://127.0.0.1:1", auth_bearer_token });
    return target.kind === "url" && target.headers?.authorization;
  };
  assertEquals([header(""), header(" "), header("a\tb"), header("à")], [
    "Bearer",
    "Bearer",
    "Bearer a\tb",
    "Bearer \u00c3\u00a0", // UTF-8, a character for each byte
  ]);
});

Deno.test("resolveEntry: a program is trimmed and its directory is that of the file", () => {
  const cwdOf = (cwd: string) => {
    const { target } = resolve({ program: "p", cwd });
    return target.kind === "program" && target.cwd;
  };
  assertEquals([cwdOf("sub"), cwdOf("/abs"), cwdOf("../x"), cwdOf("")], [
    "/home/x/sub",
    "/abs",
    "/home/x/../x",
    "/home/x",
  ]);
  const entry = { program: " /bin/wrap ", args: ["a b"], env: { FOO: "1" }, initialize_timeout_sec: 34_000 };
  assertEquals(resolve(entry).target, {
    kind: "program",
    program: "/bin/wrap",
    args: ["a b"],
    env: { FOO: "1" },
    cwd: undefined,
    initializeTimeoutMs: 34_000,
  });
});

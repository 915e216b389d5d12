import { assertEquals, assertThrows } from "@std/assert";
import { mcpEnvironment, McpError, parseMcpServer } from "../../../client/mcp/mod.ts";
import type { Environment } from "../../../client/mod.ts";

const DEFAULTS = {
  placement: "local",
  startupTimeoutMs: undefined,
  toolTimeoutMs: undefined,
  enabledTools: undefined,
  disabledTools: [],
} as const;

Deno.test("parseMcpServer: a stdio server with everything", () => {
  const table = {
    name: "ignored",
    command: "npx",
    args: ["-y", "x"],
    env: { A: "1" },
    env_vars: ["B", { name: "C" }, { name: "D", source: "remote" }],
    cwd: "/srv",
    startup_timeout_sec: 1.5,
    startup_timeout_ms: 9,
    tool_timeout_sec: 2,
    enabled: true,
    required: false,
    enabled_tools: ["t"],
    disabled_tools: ["u"],
    environment_id: "devbox",
    experimental_environment: "anything",
  };
  assertEquals(parseMcpServer("s", table), {
    kind: "stdio",
    placement: { environmentId: "devbox" },
    startupTimeoutMs: 1500,
    toolTimeoutMs: 2000,
    enabledTools: ["t"],
    disabledTools: ["u"],
    command: "npx",
    args: ["-y", "x"],
    env: { A: "1" },
    variables: [
      { name: "B", source: "local" },
      { name: "C", source: "local" },
      { name: "D", source: "remote" },
    ],
    cwd: "/srv",
  });
});

Deno.test("parseMcpServer: the least of each kind", () => {
  assertEquals(parseMcpServer("s", { command: "x" }), {
    kind: "stdio",
    ...DEFAULTS,
    command: "x",
    args: [],
    env: {},
    variables: [],
    cwd: undefined,
  });
  assertEquals(parseMcpServer("s", { url: "http://h/", experimental_environment: "remote", startup_timeout_ms: 7 }), {
    kind: "http",
    ...DEFAULTS,
    placement: "remote",
    startupTimeoutMs: 7,
    url: "http://h/",
    bearerTokenVariable: undefined,
    headers: {},
    variableHeaders: {},
  });
});

const BAD: readonly [unknown, string][] = [
  [{}, "invalid transport"],
  [[], "mcp_servers.s: expected a table"],
  [{ command: "x", url: "http://h/" }, "url is not supported for stdio"],
  [{ command: "x", bearer_token_env_var: "T" }, "bearer_token_env_var is not supported for stdio"],
  [{ command: "x", http_headers: {} }, "http_headers is not supported for stdio"],
  [{ url: "http://h/", args: [] }, "args is not supported for streamable_http"],
  [{ url: "http://h/", cwd: "/" }, "cwd is not supported for streamable_http"],
  [
    { command: "x", env_vars: [{ name: "A", source: "weird" }] },
    "unsupported env_vars source `weird`; expected `local` or `remote`",
  ],
  [
    { command: "x", experimental_environment: "moon" },
    "unsupported experimental_environment `moon` for MCP server `s`",
  ],
  [{ command: 5 }, "mcp_servers.s.command: Invalid input: expected string, received number"],
  [{ command: "x", args: ["a", 5] }, "mcp_servers.s.args.1: Invalid input: expected string, received number"],
];

Deno.test("parseMcpServer: every mistake is named", () => {
  for (const [table, message] of BAD) {
    assertEquals(assertThrows(() => parseMcpServer("s", table), McpError).message, message);
  }
});

const environment = (id: string, isRemote: boolean) => ({ id, isRemote }) as Environment;
const local = environment("local", false), devbox = environment("devbox", true), remote = environment("remote", true);

function place(table: Record<string, unknown>, ...known: Environment[]): string {
  return mcpEnvironment("s", parseMcpServer("s", table), {
    getEnvironment: (id) => known.find((environment) => environment.id === id),
    tryLocalEnvironment: () => known.find(({ isRemote }) => !isRemote),
    defaultEnvironment: () => known[0],
  }).id;
}

Deno.test("mcpEnvironment: by either generation's key, else where the client is", () => {
  const stdio = { command: "x" }, http = { url: "http://h/" };
  assertEquals(place(stdio, devbox, local), "local");
  assertEquals(place({ ...http, experimental_environment: "local" }, devbox, local), "local");
  assertEquals(place({ ...http, environment_id: "devbox" }, local, devbox), "devbox");
  assertEquals(place({ ...stdio, experimental_environment: "remote" }, devbox, local, remote), "devbox");
  assertEquals(place({ ...stdio, experimental_environment: "remote" }, local, remote), "remote");
});

Deno.test("mcpEnvironment: what cannot be placed is refused in the original's words", () => {
  const refusal = (table: Record<string, unknown>, ...known: Environment[]) =>
    assertThrows(() => place(table, ...known), McpError).message;
  assertEquals(
    refusal({ url: "http://h/", environment_id: "moon" }, local),
    "MCP server `s` references unknown environment id `moon`",
  );
  assertEquals(
    refusal({ command: "x", experimental_environment: "remote" }, local),
    "remote MCP server `s` requires a remote environment",
  );
  assertEquals(refusal({ command: "x" }, remote), "local stdio MCP server `s` requires a local environment");
});

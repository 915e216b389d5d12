import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { McpError, type McpStdioServer, parseMcpServer, stdioSpec } from "../../../client/mcp/mod.ts";

const VARIABLES = { HOME: "/home/me", PATH: "/bin", LANG: "C", SECRET: "s", FORWARDED: "f", TERM: "" };

function spec(isRemote: boolean, table: Record<string, unknown>) {
  const config = parseMcpServer("s", { command: "prog", ...table }) as McpStdioServer;
  const { processId, ...rest } = stdioSpec(config, { isRemote, variables: VARIABLES, fallbackCwd: "/fallback" });
  assertMatch(processId ?? "", /^mcp-stdio-[1-9]\d*$/);
  return rest;
}

Deno.test("stdioSpec: a local server gets the allow-list, named variables and its own", () => {
  assertEquals(spec(false, { args: ["a"], env: { LIT: "l", LANG: "de" }, env_vars: ["FORWARDED", "MISSING"] }), {
    argv: ["prog", "a"],
    cwd: "/fallback",
    env: { HOME: "/home/me", PATH: "/bin", LANG: "de", TERM: "", FORWARDED: "f", LIT: "l" },
    tty: false,
    pipeStdin: true,
  });
});

Deno.test("stdioSpec: a remote server gets nothing of the client's but what is named", () => {
  assertEquals(spec(true, { cwd: "/srv", env: { LIT: "l" }, env_vars: ["FORWARDED"] }), {
    argv: ["prog"],
    cwd: "/srv",
    env: { FORWARDED: "f", LIT: "l" },
    envPolicy: { inherit: "core", ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [] },
    tty: false,
    pipeStdin: true,
  });
});

Deno.test("stdioSpec: with the executor's variables it gets the allow-list and those", () => {
  const { env, envPolicy } = spec(true, {
    cwd: "C:\\Users\\x",
    env: { LIT: "l" },
    env_vars: [{ name: "THEIRS", source: "remote" }],
  });
  assertEquals(env, { LIT: "l" });
  assertEquals(envPolicy, {
    inherit: "all",
    ignoreDefaultExcludes: true,
    exclude: [],
    set: { LIT: "l" },
    // deno-fmt-ignore
    includeOnly: [
      "HOME", "LOGNAME", "PATH", "SHELL", "USER", "__CF_USER_TEXT_ENCODING", "LANG", "LC_ALL", "TERM", "TMPDIR", "TZ",
      "THEIRS",
      "SYSTEMROOT", "TEMP", "TMP", "SYSTEMDRIVE", "LOCALAPPDATA",
    ],
  });
});

Deno.test("stdioSpec: what does not fit the place is refused in the original's words", () => {
  const refusal = (isRemote: boolean, table: Record<string, unknown>) =>
    assertThrows(() => spec(isRemote, table), McpError).message;
  assertEquals(
    refusal(false, { env_vars: [{ name: "X", source: "remote" }] }),
    "env_vars entry `X` uses source `remote`, which requires remote MCP stdio",
  );
  assertEquals(refusal(true, {}), "executor stdio server requires an explicit cwd");
  assertEquals(refusal(true, { cwd: "rel/dir" }), "path `rel/dir` is not absolute");
  const lone = "\ud800";
  for (
    const [what, table] of [
      ["command", { command: lone }],
      ["argument", { args: ["a", lone] }],
      ["environment variable name", { env: { [lone]: "x" } }],
      ["environment variable value", { env: { X: lone } }],
    ] as const
  ) {
    assertEquals(refusal(true, { cwd: "/", ...table }), `${what} must be valid Unicode for remote MCP stdio`);
  }
});

Deno.test("stdioSpec: every process has an id of its own", () => {
  const config = parseMcpServer("s", { command: "prog" }) as McpStdioServer;
  const options = { isRemote: false, variables: {}, fallbackCwd: "/" };
  const number = () => Number(stdioSpec(config, options).processId?.slice("mcp-stdio-".length));
  assertEquals(number() + 1, number());
});

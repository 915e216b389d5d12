import { assert, assertEquals } from "@std/assert";
import { startServer } from "../../support/test_server.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { runServer } from "../lifecycle/support.ts";

const REQUIRES_MODE = "websocket auth flags require `--ws-auth capability-token` or `--ws-auth signed-bearer-token`";
const REQUIRES_SIGNED =
  "`--ws-shared-secret-file`, `--ws-issuer`, `--ws-audience`, and `--ws-max-clock-skew-seconds` require `--ws-auth signed-bearer-token`";
const REQUIRES_CAPABILITY =
  "`--ws-token-file` and `--ws-token-sha256` require `--ws-auth capability-token`, not `signed-bearer-token`";
const CAPABILITY = ["--ws-auth", "capability-token"], SIGNED = ["--ws-auth", "signed-bearer-token"];
const SHA256 = "Aa".repeat(32);

Deno.test("authentication: flags that contradict each other give status 1 and the original's text", async () => {
  await using dir = await tempDir();
  const file = async (name: string, text: string) => {
    await Deno.writeTextFile(`${dir.path}/${name}`, text);
    return `${dir.path}/${name}`;
  };
  const token = await file("token", " a token \n"), empty = await file("empty", ""), blank = await file("blank", " \n");
  const secret = await file("secret", `${"s".repeat(32)}\n`), short = await file("short", `${"s".repeat(31)}\n`);
  const missing = `${dir.path}/missing`;
  const cases: [string[], string][] = [
    [["--ws-token-file", token], REQUIRES_MODE],
    [["--ws-token-sha256", SHA256], REQUIRES_MODE],
    [["--ws-issuer", "x"], REQUIRES_MODE],
    [["--ws-max-clock-skew-seconds", "0"], REQUIRES_MODE],
    [CAPABILITY, "`--ws-token-file` or `--ws-token-sha256` is required when `--ws-auth capability-token` is set"],
    [
      [...CAPABILITY, "--ws-token-file", token, "--ws-token-sha256", "x"],
      "`--ws-token-file` and `--ws-token-sha256` are mutually exclusive",
    ],
    [
      [...CAPABILITY, "--ws-token-sha256", SHA256.slice(1)],
      "--ws-token-sha256 must be a 64-character hex SHA-256 digest",
    ],
    [
      [...CAPABILITY, "--ws-token-sha256", `g${SHA256.slice(1)}`],
      "--ws-token-sha256 must be a 64-character hex SHA-256 digest",
    ],
    [[...CAPABILITY, "--ws-token-file", empty], `websocket auth secret ${empty} must not be empty`],
    [[...CAPABILITY, "--ws-token-file", blank], `websocket auth secret ${blank} must not be empty`],
    [
      [...CAPABILITY, "--ws-token-file", missing],
      `failed to read websocket auth secret ${missing}: No such file or directory (os error 2)`,
    ],
    [
      [...CAPABILITY, "--ws-token-file", dir.path],
      `failed to read websocket auth secret ${dir.path}: Is a directory (os error 21)`,
    ],
    [[...CAPABILITY, "--ws-token-file", token, "--ws-audience", "x"], REQUIRES_SIGNED],
    [[...CAPABILITY, "--ws-shared-secret-file", secret], REQUIRES_SIGNED],
    [SIGNED, "`--ws-shared-secret-file` is required when `--ws-auth signed-bearer-token` is set"],
    [[...SIGNED, "--ws-token-file", token], REQUIRES_CAPABILITY],
    [[...SIGNED, "--ws-shared-secret-file", secret, "--ws-token-sha256", SHA256], REQUIRES_CAPABILITY],
    [
      [...SIGNED, "--ws-shared-secret-file", short],
      `signed websocket bearer secret ${short} must be at least 32 bytes`,
    ],
    [[...SIGNED, "--ws-shared-secret-file", blank], `websocket auth secret ${blank} must not be empty`],
    [
      [...SIGNED, "--ws-shared-secret-file", missing],
      `failed to read websocket auth secret ${missing}: No such file or directory (os error 2)`,
    ],
    [
      [...CAPABILITY, "--ws-token-file", token, "--listen", "stdio"],
      "WebSocket auth requires a WebSocket listener, not stdio",
    ],
    [
      [...CAPABILITY, "--ws-token-file", missing, "--listen", "stdio"],
      "WebSocket auth requires a WebSocket listener, not stdio",
    ],
    [
      [...SIGNED, "--ws-shared-secret-file", secret, "--listen", `unix://${dir.path}/s`],
      "WebSocket auth requires a WebSocket listener, not a unix socket",
    ],
  ];
  await Promise.all(cases.map(async ([args, text]) => {
    const { code, stdout, stderr } = await runServer(args);
    assertEquals({ code, stdout, stderr }, { code: 1, stdout: "", stderr: `Error: ${text}\n` }, args.join(" "));
  }));
});

Deno.test("authentication: modes and numbers that do not exist are wrong usage", async () => {
  for (const args of [["--ws-auth", "bogus"], [...SIGNED, "--ws-max-clock-skew-seconds", "-1"]]) {
    const { code, stdout, stderr } = await runServer(args);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assert(stderr.startsWith("error: "), stderr);
  }
});

Deno.test("authentication: a listener that other machines reach is refused without it", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/token`, "a token");
  const auth = [...CAPABILITY, "--ws-token-file", `${dir.path}/token`];
  for (const listen of ["ws://0.0.0.0:0", "ws://[::]:0"]) {
    const { code, stdout, stderr } = await runServer(["--listen", listen]);
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assert(stderr.startsWith("Error: everybody who reaches "), stderr);
    assert(stderr.includes("--ws-auth") && stderr.includes("--allow-unauthenticated"), stderr);
  }
  await using _open = await startServer("--listen", "ws://0.0.0.0:0", "--allow-unauthenticated");
  await using closed = await startServer("--listen", "ws://0.0.0.0:0", ...auth);
  await using _loopback = await startServer("--listen", "ws://127.0.0.2:0");
  // tokens in the clear are worth a warning
  assertEquals(closed.stderr.length, 1);
  assert(closed.stderr[0]?.includes("tokens cross the network in the clear"));
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { environmentTransport, environmentUrl, ExecServerClient } from "../../client/mod.ts";
import { collectProcess } from "../support/collect_process.ts";
import { ServerProcess } from "../support/server_process.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { runCli } from "./run_cli.ts";

const PROGRAM = fromFileUrl(new URL("../../mod.ts", import.meta.url));
const TOKEN = "CODEX_EXEC_SERVER_REMOTE_BEARER_TOKEN";

Deno.test("registry command: does not start without authentication or at an address it cannot use", async () => {
  const failures: [string[], string][] = [
    [["registry"], "a registry needs `--ws-auth`"],
    [
      ["registry", "--listen", "ws://127.0.0.1:0"],
      "invalid registry --listen URL `ws://127.0.0.1:0`; expected `http://IP:PORT`",
    ],
    [
      ["registry", "--listen", "http://localhost:0"],
      "invalid registry --listen URL `http://localhost:0`; expected `http://IP:PORT`",
    ],
  ];
  for (const [args, message] of failures) {
    assertEquals(await runCli(...args), { code: 1, stdout: "", stderr: `Error: ${message}\n` });
  }
});

for (const transport of ["noise", "plain"] as const) {
  Deno.test(`registry command: an executor registers with the token of the file, and a client works through both (${transport})`, async () => {
    await using dir = await tempDir();
    await Deno.writeTextFile(`${dir.path}/token`, "secret-token\n");
    await using registry = await ServerProcess.start({
      program: Deno.execPath(),
      args: [
        "run",
        "-A",
        "--quiet",
        PROGRAM,
        "registry",
        "--log-level",
        "info",
        "--ws-auth",
        "capability-token",
        "--ws-token-file",
        `${dir.path}/token`,
      ],
    });
    assertMatch(registry.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const executor = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        PROGRAM,
        "--remote",
        registry.url,
        "--environment-id",
        "box",
        ...(transport === "plain" ? ["--remote-transport", "plain"] : []),
      ],
      env: { NO_COLOR: "1", [TOKEN]: "secret-token" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await until(
        "the executor is there",
        () => registry.stderr.some((line) => line.includes("executor connected")),
        20_000,
      );
      const options = { registryUrl: registry.url, bearerToken: "secret-token" };
      const target = transport === "noise"
        ? environmentTransport("box", options)
        : await environmentUrl("box", options);
      await using client = await ExecServerClient.connect(target, { clientName: "test" });
      const envPolicy = {
        inherit: "all" as const,
        ignoreDefaultExcludes: true,
        exclude: [],
        set: {},
        includeOnly: [],
      };
      const { stdout } = await collectProcess(client, ["/usr/bin/env"], { envPolicy });
      assert(stdout.includes("PATH="));
      assert(!stdout.includes("secret-token"), "programs do not get the token");
    } finally {
      executor.kill("SIGTERM");
      assertEquals((await executor.status).code, 0);
    }
    assert(!registry.stderr.join("\n").includes("sig="), "no secret is logged");
    assert(!registry.stderr.join("\n").includes("secret-token"), "no token is logged");
  });
}

import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { registryDouble } from "../support/registry_double.ts";
import { lines } from "../support/lines.ts";
import { runCli } from "./run_cli.ts";

const PROGRAM = fromFileUrl(new URL("../../mod.ts", import.meta.url));
const TOKEN = "CODEX_EXEC_SERVER_REMOTE_BEARER_TOKEN";

Deno.test("--remote: excludes --listen and needs an id", async () => {
  const remote = ["--remote", "http://127.0.0.1:1"];
  assertEquals(await runCli(...remote, "--executor-id", "e", "--listen", "stdio"), {
    code: 2,
    stdout: "",
    stderr: "error: the argument '--remote <URL>' cannot be used with '--listen <URL>'\n",
  });
  assertEquals(await runCli(...remote), {
    code: 2,
    stdout: "",
    stderr: "error: the following required arguments were not provided:\n  --executor-id <ID>\n",
  });
  assertEquals((await runCli(...remote, "--executor-id", "e", "--environment-id", "e")).code, 2);
  assertEquals((await runCli(...remote, "--executor-id", "e", "--remote-transport", "noise")).code, 2);
  assertEquals((await runCli(...remote, "--environment-id", "e", "--remote-transport", "smoke")).code, 2);
});

Deno.test("--remote: an executor that cannot register ends with 1 and says why", async () => {
  const { code, stdout, stderr } = await runCli("--remote", "http://127.0.0.1:1", "--executor-id", "e");
  assertEquals([code, stdout], [1, ""]);
  assertEquals(
    stderr,
    `Error: executor registry authentication error: executor registry bearer token environment variable \`${TOKEN}\` is not set\n`,
  );
});

Deno.test("--remote: says on stderr that it is registered, serves, and ends with 0 at SIGTERM", async () => {
  await using registry = registryDouble((_request, url) =>
    Response.json({ id: "r", executor_id: "exec-1", url: `${url.replace("http", "ws")}/rendezvous` })
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", PROGRAM, "--remote", registry.url, "--executor-id", "e1", "--name", "devbox"],
    env: { NO_COLOR: "1", [TOKEN]: "t" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(child.stdout).text();
  const stderr = Array.fromAsync(lines(child.stderr));
  const socket = await registry.rendezvous();
  const answer = new Promise((resolve) => socket.onmessage = ({ data }) => resolve(JSON.parse(data).id));
  socket.send('{"id":7,"method":"initialize","params":{"clientName":"t"}}');
  assertEquals(await answer, 7);
  const closed = new Promise<void>((resolve) => socket.onclose = () => resolve());
  child.kill("SIGTERM");
  assertEquals((await child.status).code, 0);
  await closed;
  assertEquals(await stdout, "");
  assertEquals(await stderr, ["codex exec-server remote executor r registered with executor_id exec-1"]);
  assertEquals(JSON.parse(registry.requests[0]?.body ?? "").name, "devbox");
});

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { connectRaw, RawWebSocket } from "../../faults/support/raw_websocket.ts";
import { startServer } from "../../support/test_server.ts";
import { runProgram } from "../../cli/run_cli.ts";
import { fromFileUrl } from "@std/path";

const FOLDER = fromFileUrl(new URL("../../testdata/tls/", import.meta.url));
const TLS = ["--tls-cert", `${FOLDER}cert.pem`, "--tls-key", `${FOLDER}key.pem`];
const CA = await Deno.readTextFile(`${FOLDER}ca.pem`);

Deno.test("TLS: a websocket over wss works, and plain text does not", async () => {
  await using server = await startServer(...TLS);
  assert(/^wss:\/\/127\.0\.0\.1:\d+$/.test(server.url), server.url);
  using socket = await RawWebSocket.open(server.url, { ca: CA });
  await socket.initialize();
  await socket.sendMessage({ id: 1, method: "environment/status" });
  assertEquals((await socket.message(({ id }) => id === 1)).result, { status: "ready" });
  const plain = await connectRaw(server.url.replace("wss:", "ws:"));
  await plain.write(new TextEncoder().encode("GET /readyz HTTP/1.1\r\n\r\n"));
  // a TLS alert at most, no HTTP
  const answer = new Uint8Array(100);
  const count = await plain.read(answer).catch(() => null) ?? 0;
  assert(!new TextDecoder().decode(answer.subarray(0, count)).startsWith("HTTP"));
  plain.close();
  const socketAgain = await RawWebSocket.open(server.url, { ca: CA });
  socketAgain.drop();
});

Deno.test("TLS: a certificate the client does not trust is refused by it, and the server goes on", async () => {
  await using server = await startServer(...TLS);
  await assertRejects(() => RawWebSocket.open(server.url));
  using _ = await RawWebSocket.open(server.url, { ca: CA });
});

Deno.test("TLS: our client reaches a wss server", async () => {
  await using server = await startServer(...TLS);
  const result = await runProgram(
    `import { ExecServerClient } from "ROOT/mod.ts";
    await using client = await ExecServerClient.connect("${server.url}", { clientName: "test" });
    console.log((await client.call("environment/status", {})).status);`,
    { DENO_CERT: `${FOLDER}ca.pem` },
  );
  assertEquals(result, { code: 0, stdout: "ready\n", stderr: "" });
});

Deno.test({
  name: "TLS: small messages behind each other do not wait for acknowledgements",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using server = await startServer(...TLS);
    using socket = await RawWebSocket.open(server.url, { ca: CA });
    await socket.initialize();
    const times: number[] = [];
    for (let i = 0; i < 15; i++) {
      const started = performance.now();
      const params = { processId: `p${i}`, argv: ["true"], cwd: "/", env: { PATH: "/usr/bin:/bin" }, tty: false };
      await socket.sendMessage({ id: i, method: "process/start", params });
      // the answer and both events leave in writes of their own
      await socket.message(({ method }) => method === "process/closed");
      times.push(performance.now() - started);
    }
    // with delayed acknowledgements every one takes 40 ms or more
    assert(Math.min(...times) < 30, times.join(" "));
  },
});

Deno.test("TLS: what cannot be used is refused at the start, and says which file", async () => {
  const cases: [string[], string][] = [
    [["--tls-cert", `${FOLDER}cert.pem`], "`--tls-cert` and `--tls-key` require each other"],
    [
      ["--tls-cert", `${FOLDER}none.pem`, "--tls-key", `${FOLDER}key.pem`],
      `failed to read TLS certificate ${FOLDER}none.pem: No such file or directory (os error 2)`,
    ],
    [["--tls-cert", `${FOLDER}cert.pem`, "--tls-key", FOLDER], `failed to read TLS key`],
    [
      ["--tls-cert", `${FOLDER}README.md`, "--tls-key", `${FOLDER}key.pem`],
      "cannot listen with this TLS certificate and key: No certificates found",
    ],
    [
      ["--tls-cert", `${FOLDER}cert.pem`, "--tls-key", `${FOLDER}other_key.pem`],
      "cannot listen with this TLS certificate and key: keys may not be consistent",
    ],
    [[...TLS, "--listen", "unix:///tmp/never-bound.sock"], "TLS requires a WebSocket listener"],
  ];
  await Promise.all(cases.map(async ([args, text]) => {
    const error = await assertRejects(() => startServer(...args), Error);
    assertStringIncludes(error.message, `Error: ${text}`);
  }));
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startServer } from "../../support/test_server.ts";
import { runServer } from "./support.ts";

const INVALID = ["ws://localhost:7814", "ws://127.0.0.1", "ws://127.0.0.1:65536", "ws://127.0.0.1:1/", "ws://"];
const UNSUPPORTED = ["wss://127.0.0.1:1", "http://127.0.0.1:1", "unix://relative", "", "stdio:/", "WS://127.0.0.1:1"];

Deno.test("startup: a --listen that cannot be read gives status 1 and the original's text", async () => {
  const firstLines = (urls: readonly string[]) =>
    Promise.all(urls.map(async (url) => {
      const { code, stdout, stderr } = await runServer(["--listen", url]);
      assertEquals({ code, stdout }, { code: 1, stdout: "" }, url);
      return stderr.split("\n")[0];
    }));
  assertEquals(
    await firstLines(INVALID),
    INVALID.map((url) => `Error: invalid websocket --listen URL \`${url}\`; expected \`ws://IP:PORT\``),
  );
  for (const [i, line] of (await firstLines(UNSUPPORTED)).entries()) {
    assertStringIncludes(
      line ?? "",
      `Error: unsupported --listen URL \`${UNSUPPORTED[i]}\`; expected \`ws://IP:PORT\` or \`stdio\``,
    );
  }
});

Deno.test("startup: a taken port gives status 1 and the original's text", async () => {
  await using server = await startServer();
  const { code, stdout, stderr } = await runServer(["--listen", server.url]);
  assertEquals({ code, stdout, stderr }, { code: 1, stdout: "", stderr: "Error: Address in use (os error 98)\n" });
});

Deno.test("startup: exactly one line on stdout, nothing on stderr, whatever stdin is", async () => {
  await using server = await startServer("--listen", "ws://0.0.0.0:0", "--allow-unauthenticated");
  assert(/^ws:\/\/0\.0\.0\.0:[1-9]\d*$/.test(server.url), server.url);
  assertEquals(server.stderr, []);
});

Deno.test("startup: --log-level info tells on stderr what confines processes, and that it listens", async () => {
  const server = await startServer("--log-level", "info");
  await server[Symbol.asyncDispose]();
  const line = server.stderr.at(-1) ?? "{}";
  assertEquals({ ...JSON.parse(line), time: "" }, { time: "", level: "info", message: "listening", kind: "websocket" });
  assertEquals(JSON.parse(server.stderr[0] ?? "{}").message, "process sandbox");
});

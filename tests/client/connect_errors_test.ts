import { assertEquals, assertRejects } from "@std/assert";
import { ClientError, connectUnixLines, errorText, ExecServerClient } from "../../client/mod.ts";
import { invalidRequest, memoryTransportPair, RpcError } from "../../protocol/mod.ts";
import { fakeServer } from "../support/fake_server.ts";

async function refusedUrl(): Promise<string> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `ws://127.0.0.1:${listener.addr.port}`;
  listener.close();
  return await Promise.resolve(url);
}

async function failureOf(url: string, options: Record<string, number> = {}): Promise<ClientError> {
  return await assertRejects(() => ExecServerClient.connect(url, { clientName: "test", ...options }), ClientError);
}

Deno.test("connecting to nobody says so in the documented words", async () => {
  const url = await refusedUrl();
  const { message, code } = await failureOf(url);
  assertEquals(code, "connect");
  const cause = "IO error: Connection refused (os error 111)";
  assertEquals(message, `failed to connect to exec-server websocket \`${url}\`: ${cause}`);
});

Deno.test("connecting to another kind of server says so", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    return new Response("", { status: 503 });
  });
  const url = `ws://127.0.0.1:${server.addr.port}`;
  const { message } = await failureOf(url);
  assertEquals(message, `failed to connect to exec-server websocket \`${url}\`: HTTP error: 503 Service Unavailable`);
  const scheme = await failureOf("ftp://127.0.0.1:9");
  const cause = "URL error: URL scheme not supported";
  assertEquals(scheme.message, `failed to connect to exec-server websocket \`ftp://127.0.0.1:9\`: ${cause}`);
});

Deno.test("a server that never upgrades is given up in time", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `ws://127.0.0.1:${listener.addr.port}`;
  const { message, code } = await failureOf(url, { connectTimeoutMs: 50 });
  assertEquals(code, "connectTimeout");
  assertEquals(message, `timed out connecting to exec-server websocket \`${url}\` after 50ms`);
  using _peer = await listener.accept();
});

Deno.test("a server that never answers the handshake is given up in time", async () => {
  const [near, far] = memoryTransportPair();
  const server = fakeServer(far, () => new Promise(() => {}));
  const connecting = ExecServerClient.connect(near, { clientName: "test", initializeTimeoutMs: 20 });
  const text = "timed out waiting for exec-server initialize handshake after 20ms";
  assertEquals((await assertRejects(() => connecting, ClientError)).message, text);
  await server.done;
});

Deno.test("a wrong session and a wrong answer have their words", async () => {
  const answers: [unknown, string][] = [
    [{ sessionId: "other" }, "exec-server protocol error: exec-server initialized an unexpected session other"],
    [{}, "failed to serialize or deserialize exec-server JSON: `initialize` result.sessionId: "],
  ];
  for (const [answer, text] of answers) {
    const [near, far] = memoryTransportPair();
    const server = fakeServer(far, () => answer);
    const options = { clientName: "test", resumeSessionId: "one" };
    await assertRejects(() => ExecServerClient.connect(near, options), ClientError, text);
    await server.done;
  }
});

Deno.test("errorText() names the code of a refusal", async () => {
  const [near, far] = memoryTransportPair();
  const server = fakeServer(far, () => {
    throw invalidRequest("go away");
  });
  const error = await assertRejects(() => ExecServerClient.connect(near, { clientName: "test" }), RpcError);
  assertEquals(errorText(error), "exec-server rejected request (-32600): go away");
  assertEquals(errorText(new Error("other")), "other");
  await server.done;
});

Deno.test("connectUnixLines() says that nobody listens", async () => {
  const error = await assertRejects(() => connectUnixLines("/no/such/socket"), ClientError, "`/no/such/socket`");
  assertEquals(error.code, "connect");
});

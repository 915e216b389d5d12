import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { TransportClosedError } from "../../protocol/peer.ts";
import { rawConnection } from "./linked_peers.ts";

interface ErrorFrame {
  id: unknown;
  error: { code: number; message: string };
}

Deno.test("Peer: an unparsable frame is answered with id -1 and the connection lives on", async () => {
  await using connection = rawConnection({});
  for (const frame of ["hello", "", "[]", '{"id":1.5,"method":"m"}', '{"id":1,"id":2,"method":"m"}', '{"id":1}']) {
    connection.send(frame);
    const { id, error } = await connection.next() as ErrorFrame;
    assertEquals([id, error.code], [-1, -32600]);
    assert(error.message.startsWith("failed to parse JSON-RPC message from exec-server memory: "), error.message);
  }
  connection.send('{"id":1,"method":"m"}');
  assertEquals(await connection.next(), { id: 1, result: "m" });
});

Deno.test("Peer: the text of a parse error names the kind of transport", async () => {
  await using connection = rawConnection({}, () => ({
    label: "websocket 127.0.0.1:1",
  }));
  connection.send("hello");
  const { error } = await connection.next() as ErrorFrame;
  assertStringIncludes(
    error.message,
    "failed to parse websocket JSON-RPC message from exec-server websocket 127.0.0.1:1:",
  );
});

Deno.test("Peer: byte frames must be UTF-8 without a byte order mark", async () => {
  const frames = [Uint8Array.of(0x22, 0xff, 0x22), new TextEncoder().encode('\ufeff{"method":"m"}')];
  const good = new TextEncoder().encode('{"id":"é","method":"m"}');
  await using connection = rawConnection({}, (end) => ({
    messages: (async function* () {
      yield* [...frames, good];
      yield* end.messages;
    })(),
  }));
  assertEquals((await connection.next() as ErrorFrame).id, -1);
  assertEquals((await connection.next() as ErrorFrame).id, -1);
  assertEquals(await connection.next(), { id: "é", result: "m" });
});

Deno.test("Peer: 64-bit ids come back digit by digit", async () => {
  const [text, answer] = [Promise.withResolvers<string>(), '{"id":9223372036854775807,"result":"m"}'];
  await using connection = rawConnection({}, () => ({
    send: (message) => text.resolve(String(message)),
  }));
  connection.send('{"id":9223372036854775807,"method":"m"}');
  assertEquals(await text.promise, answer);
});

Deno.test("Peer: a transport that fails ends the peer and its calls", async () => {
  const unexpected: unknown[] = [];
  const broken = Promise.withResolvers<never>();
  await using connection = rawConnection({ unexpected: (error) => unexpected.push(error) }, () => ({
    label: "broken",
    // deno-lint-ignore require-yield -- it only fails
    messages: (async function* () {
      await broken.promise;
    })(),
    send: () => {},
  }));
  const call = connection.server.call("m", null);
  broken.reject(new Error("cable cut"));
  await assertRejects(() => call, TransportClosedError, "broken");
  await connection.ended;
  assertEquals(unexpected.map(String), ["Error: cable cut"]);
});

Deno.test("Peer: a frame the transport could not read is answered like an unparsable one", async () => {
  await using connection = rawConnection({}, (end) => ({
    messages: (async function* () {
      yield new Error("line too long");
      yield* end.messages;
    })(),
  }));
  const { id, error } = await connection.next() as ErrorFrame;
  assertEquals([id, error.code], [-1, -32600]);
  assertEquals(error.message, "failed to parse JSON-RPC message from exec-server memory: line too long");
  connection.send('{"id":1,"method":"m"}');
  assertEquals(await connection.next(), { id: 1, result: "m" });
});

Deno.test("Peer: messagesEnded holds the connection open for the last answers", async () => {
  const gate = Promise.withResolvers<string>();
  const ending = Promise.withResolvers<void>();
  const sent: string[] = [];
  const peer: { idle?: () => Promise<void> } = {};
  await using connection = rawConnection({
    request: () => gate.promise,
    messagesEnded: () => {
      ending.resolve();
      return peer.idle?.() ?? Promise.resolve();
    },
  }, () => ({
    label: "stdio",
    messages: (async function* () {
      yield '{"id":1,"method":"m"}';
    })(),
    send: (message) => sent.push(String(message)),
  }));
  peer.idle = () => connection.server.idle();
  await ending.promise;
  assertEquals(sent, []);
  gate.resolve("last");
  await connection.ended;
  assertEquals(sent, ['{"id":1,"result":"last"}']);
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { invalidParams, ProtocolViolation, RpcError } from "../../protocol/errors.ts";
import { TEXTS } from "../../protocol/texts.ts";
import { linkedPeers, rawConnection } from "./linked_peers.ts";

Deno.test("Peer: an RpcError is answered with its code and text, thrown or rejected", async () => {
  await using peers = linkedPeers({
    request: (method) => {
      if (method === "x") throw new RpcError(-32601, TEXTS.unknownMethod("x"));
      return Promise.reject(invalidParams("params.path: expected a string"));
    },
  });
  const unknown = await assertRejects(() => peers.client.call("x", null), RpcError);
  assertEquals([unknown.code, unknown.message], [-32601, "exec-server stub does not implement `x` yet"]);
  const params = await assertRejects(() => peers.client.call("y", null), RpcError);
  assertEquals([params.code, params.message], [-32602, "params.path: expected a string"]);
});

Deno.test("Peer: any other error is answered with -32603 and reported", async () => {
  const unexpected: unknown[] = [];
  await using peers = linkedPeers({
    request: (method) => {
      if (method === "sync") throw new TypeError("first");
      return Promise.reject("second");
    },
    unexpected: (error) => unexpected.push(error),
  });
  const sync = await assertRejects(() => peers.client.call("sync", null), RpcError);
  assertEquals([sync.code, sync.message], [-32603, "internal error: first"]);
  const later = await assertRejects(() => peers.client.call("async", null), RpcError);
  assertEquals([later.code, later.message], [-32603, "internal error: second"]);
  assertEquals(unexpected.map(String), ["TypeError: first", "second"]);
});

Deno.test("Peer: a result that cannot be written fails its call only", async () => {
  const unexpected: unknown[] = [];
  await using peers = linkedPeers({
    request: (method) => method === "sync" ? 1n : method === "async" ? Promise.resolve({ big: 1n }) : "fine",
    unexpected: (error) => unexpected.push(error),
  });
  assertEquals((await assertRejects(() => peers.client.call("sync", null), RpcError)).code, -32603);
  assertEquals((await assertRejects(() => peers.client.call("async", null), RpcError)).code, -32603);
  assertEquals(await peers.client.call("m", null), "fine");
  assertEquals(unexpected.length, 2);
});

Deno.test("Peer: a ProtocolViolation ends the connection without an answer", async () => {
  const violate = () => {
    throw new ProtocolViolation("not now");
  };
  for (const frame of ['{"method":"m"}', '{"id":1,"method":"m"}']) {
    await using connection = rawConnection({ notification: violate, request: violate });
    connection.send(frame);
    await connection.ended;
    assertEquals(await connection.next(), undefined);
    assertEquals(connection.closeReasons[0], { code: 1002, text: "not now" });
  }
});

Deno.test("Peer: a violation in a request that runs already ends the connection too", async () => {
  await using connection = rawConnection({ request: () => Promise.reject(new ProtocolViolation("late")) });
  connection.send('{"id":1,"method":"m"}');
  await connection.ended;
  assertEquals(connection.closeReasons[0], { code: 1002, text: "late" });
});

Deno.test("Peer: a close reason fits the 123 bytes of a close frame", async () => {
  for (const text of ["x".repeat(500), "é".repeat(500), `a${"😀".repeat(200)}`]) {
    await using connection = rawConnection({
      notification: () => {
        throw new ProtocolViolation(text);
      },
    });
    connection.send('{"method":"m"}');
    await connection.ended;
    const reason = connection.closeReasons[0]?.text ?? "";
    const size = new TextEncoder().encode(reason).length;
    assert(size > 100 && size <= 123, `${size} bytes`);
    assert(text.startsWith(reason) && reason.isWellFormed());
  }
});

Deno.test("Peer: a strict peer ends the connection on an answer to nothing", async () => {
  for (const frame of ['{"id":1,"result":1}', '{"id":1,"error":{"code":1,"message":""}}']) {
    await using connection = rawConnection({ strict: true });
    connection.send(frame);
    await connection.ended;
    assertEquals(connection.closeReasons[0]?.code, 1002);
  }
});

Deno.test("Peer: a lenient peer ignores an answer to nothing", async () => {
  await using connection = rawConnection({ strict: false });
  connection.send('{"id":1,"result":1}');
  connection.send('{"id":-1,"error":{"code":-32600,"message":""}}');
  connection.send('{"id":2,"method":"m"}');
  assertEquals(await connection.next(), { id: 2, result: "m" });
});

Deno.test("Peer: an answer fits one call by value and type of its id", async () => {
  await using connection = rawConnection({ strict: false });
  const call = connection.server.call("ask", null);
  assertEquals(await connection.next(), { id: 1, method: "ask", params: null });
  connection.send('{"id":"1","result":"wrong"}');
  connection.send('{"id":1,"result":"right"}');
  connection.send('{"id":1,"result":"again"}');
  assertEquals(await call, "right");
});

Deno.test("Peer: an error in a notification handler is reported and nothing more", async () => {
  const unexpected: unknown[] = [];
  await using connection = rawConnection({
    notification: () => {
      throw new TypeError("oops");
    },
    unexpected: (error) => unexpected.push(error),
  });
  connection.send('{"method":"m"}');
  connection.send('{"id":1,"method":"m"}');
  assertEquals(await connection.next(), { id: 1, result: "m" });
  assertEquals(unexpected.map(String), ["TypeError: oops"]);
});

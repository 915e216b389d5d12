import { assertEquals, assertMatch } from "@std/assert";
import { ExecServerClient } from "../../../client/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { startServer } from "../../support/test_server.ts";
import { until } from "../../support/until.ts";
import { encodeFrame, OPCODE, RawWebSocket } from "../../faults/support/raw_websocket.ts";

const REQUEST = JSON.stringify({ id: 1, method: "environment/status" });

function code(value: number): Uint8Array {
  return new Uint8Array([value >> 8, value & 0xff]);
}

Deno.test("websocket: a close frame is echoed, with codes that must not be sent replaced", async () => {
  await using server = await startServer();
  const cases: [Uint8Array, number][] = [
    [new Uint8Array(0), 1000],
    [code(1000), 1000],
    [code(1001), 1001],
    [code(4321), 4321],
    [code(1005), 1002],
    [code(999), 1002],
    [code(5000), 1002],
  ];
  for (const [payload, echoed] of cases) {
    using socket = await RawWebSocket.open(server.url);
    await socket.send(payload, { opcode: OPCODE.close });
    assertEquals((await socket.closeFrame())?.code, echoed);
  }
});

Deno.test("websocket: requests in front of a close frame are carried out", async () => {
  await using dir = await tempDir();
  await using server = await startServer();
  using socket = await RawWebSocket.open(server.url);
  await socket.initialize();
  const frames: Uint8Array[] = [];
  for (let id = 0; id < 50; id++) {
    const params = { path: `${dir.path}/${id}`, dataBase64: "" };
    frames.push(encodeFrame(JSON.stringify({ id, method: "fs/writeFile", params })));
  }
  frames.push(encodeFrame(code(1000), { opcode: OPCODE.close }));
  await socket.write(new Uint8Array(frames.flatMap((frame) => [...frame])));
  assertEquals((await socket.closeFrame())?.code, 1000);
  await until("all files are there", () => [...Deno.readDirSync(dir.path)].length === 50);
});

Deno.test("websocket: pings are answered with their payload, also within a fragmented message", async () => {
  await using server = await startServer();
  using socket = await RawWebSocket.open(server.url);
  await socket.initialize();
  await socket.send(REQUEST.slice(0, 5), { fin: false });
  await socket.send("are you there", { opcode: OPCODE.ping });
  const pong = await socket.frame();
  assertEquals([pong?.opcode, new TextDecoder().decode(pong?.payload)], [OPCODE.pong, "are you there"]);
  await socket.send(REQUEST.slice(5, 9), { opcode: OPCODE.continuation, fin: false });
  await socket.send("", { opcode: OPCODE.continuation, fin: false });
  await socket.send("unasked", { opcode: OPCODE.pong });
  await socket.send(REQUEST.slice(9), { opcode: OPCODE.continuation });
  assertEquals((await socket.message(() => true)).result, { status: "ready" });
});

Deno.test("websocket: binary frames and frames byte by byte are taken, answers are text frames", async () => {
  await using server = await startServer();
  using socket = await RawWebSocket.open(server.url);
  await socket.initialize();
  await socket.send(new TextEncoder().encode(REQUEST), { opcode: OPCODE.binary });
  assertEquals((await socket.frame())?.opcode, OPCODE.text);
  for (const byte of encodeFrame(REQUEST)) await socket.write(new Uint8Array([byte]));
  assertEquals((await socket.message(() => true)).result, { status: "ready" });
});

Deno.test("websocket: the parse error names the peer's address", async () => {
  await using server = await startServer();
  using socket = await RawWebSocket.open(server.url);
  await socket.send("hello");
  const { id, error } = await socket.message(() => true);
  assertEquals(id, -1);
  assertMatch(
    (error as { message: string }).message,
    /^failed to parse websocket JSON-RPC message from exec-server websocket 127\.0\.0\.1:\d+: /,
  );
});

Deno.test("websocket: listens on IPv6 and prints the bound address", async () => {
  await using server = await startServer("--listen", "ws://[::1]:0");
  assertMatch(server.url, /^ws:\/\/\[::1\]:\d+$/);
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  assertEquals(await client.call("environment/status", {}), { status: "ready" });
  using socket = await RawWebSocket.open(server.url);
  await socket.send("x");
  const { error } = await socket.message(() => true);
  assertMatch((error as { message: string }).message, /exec-server websocket \[::1\]:\d+: /);
});

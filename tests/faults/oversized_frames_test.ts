import { assertEquals } from "@std/assert";
import { startServer } from "../support/test_server.ts";
import { assertMemory, assertRestored, takeBaseline } from "./support/baseline.ts";
import { encodeFrame, type FrameOptions, OPCODE, RawWebSocket } from "./support/raw_websocket.ts";

const MIB = 1024 * 1024;

/** Frames that break the websocket protocol or its limits, and the code they are closed with. */
const CASES: Readonly<
  Record<string, { code: number; frames: readonly (readonly [string | Uint8Array, FrameOptions])[] }>
> = {
  "a header that claims 64 MiB": { code: 1009, frames: [["", { claims: 64 * MIB }]] },
  "a header that claims 2^53 bytes": { code: 1009, frames: [["", { claims: 2 ** 53 }]] },
  "a header that claims one byte too many": { code: 1009, frames: [["", { claims: 16 * MIB + 1 }]] },
  "a real frame of 17 MiB": { code: 1009, frames: [[new Uint8Array(17 * MIB), {}]] },
  "an unmasked frame": { code: 1002, frames: [["{}", { masked: false }]] },
  "invalid UTF-8": { code: 1007, frames: [[new Uint8Array([0x22, 0xff, 0x22]), {}]] },
  "invalid UTF-8 across fragments": {
    code: 1007,
    frames: [[new Uint8Array([0x22, 0xc3]), { fin: false }], [new Uint8Array([0x22]), { opcode: OPCODE.continuation }]],
  },
  "an unknown opcode": { code: 1002, frames: [["", { opcode: 3 }]] },
  "an unknown control opcode": { code: 1002, frames: [["", { opcode: 11 }]] },
  "a continuation of nothing": { code: 1002, frames: [["", { opcode: OPCODE.continuation }]] },
  "a new message within another": { code: 1002, frames: [["{", { fin: false }], ["}", {}]] },
  "a fragmented ping": { code: 1002, frames: [["", { opcode: OPCODE.ping, fin: false }]] },
  "a ping of 126 bytes": { code: 1002, frames: [["x".repeat(126), { opcode: OPCODE.ping }]] },
};

Deno.test("websocket violations: each is closed with its code and nothing is buffered", async () => {
  await using server = await startServer();
  const base = await takeBaseline(server);
  // at once, because a client that broke the framing is given a second to close its side
  const codes = Object.entries(CASES).map(async ([name, { frames }]) => {
    using socket = await RawWebSocket.open(server.url);
    await socket.initialize();
    const closing = socket.closeFrame();
    for (const [payload, options] of frames) {
      // the server may end the connection before it has taken everything
      await socket.send(payload, options).catch(() => {});
    }
    return [name, (await closing)?.code];
  });
  assertEquals(
    Object.fromEntries(await Promise.all(codes)),
    Object.fromEntries(Object.entries(CASES).map(([name, { code }]) => [name, code])),
  );
  assertMemory(server, base, 60);
  await assertRestored(server, base);
});

Deno.test("websocket limits: fragments that sum to more than 64 MiB are closed with 1009, less is taken", async () => {
  await using server = await startServer();
  const base = await takeBaseline(server);
  using socket = await RawWebSocket.open(server.url);
  await socket.initialize();
  const fragment = new Uint8Array(12 * MIB).fill(0x20);
  const sendFragments = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const opcode = i === 0 ? OPCODE.text : OPCODE.continuation;
      await socket.write(encodeFrame(fragment, { opcode, fin: false }));
    }
  };
  await sendFragments(5);
  const request = JSON.stringify({ id: 1, method: "environment/status" });
  await socket.send(request, { opcode: OPCODE.continuation });
  assertEquals((await socket.message(({ id }) => id === 1)).result, { status: "ready" });
  const closing = socket.closeFrame();
  await sendFragments(6).catch(() => {});
  assertEquals((await closing)?.code, 1009);
  await assertRestored(server, base);
});

Deno.test("websocket limits: claimed but unsent bytes cost no memory", async () => {
  await using server = await startServer();
  const base = await takeBaseline(server);
  const sockets: RawWebSocket[] = [];
  for (let i = 0; i < 50; i++) {
    const socket = await RawWebSocket.open(server.url);
    sockets.push(socket);
    await socket.initialize();
    await socket.send("x", { claims: 16 * MIB });
  }
  assertMemory(server, base, 60);
  for (const socket of sockets) socket.drop();
  await assertRestored(server, base);
});

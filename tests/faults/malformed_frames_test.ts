import { assert, assertEquals } from "@std/assert";
import { ExecServerClient } from "../../client/mod.ts";
import { collectProcess } from "../support/collect_process.ts";
import { startServer } from "../support/test_server.ts";
import { assertMemory, assertRestored, takeBaseline } from "./support/baseline.ts";
import { malformedFrames, VIOLATIONS } from "./support/malformed_frames.ts";
import { encodeFrame, OPCODE, RawWebSocket } from "./support/raw_websocket.ts";

const FRAMES = Deno.env.get("FAULTS_HEAVY") === "1" ? 200_000 : 10_000;
const MEMORY_MIB = 100;
const UNREAD_MIB = 160;

Deno.test(`malformed frames: each of ${FRAMES} is answered and a good client is served meanwhile`, async () => {
  await using server = await startServer();
  const base = await takeBaseline(server);
  using socket = await RawWebSocket.open(server.url);
  await socket.initialize();
  await using good = await ExecServerClient.connect(server.url, { clientName: "good" });

  let sent = false;
  const sending = (async () => {
    for (const { frame } of malformedFrames(FRAMES)) {
      await socket.write(encodeFrame(frame, { opcode: typeof frame === "string" ? OPCODE.text : OPCODE.binary }));
    }
    sent = true;
  })();
  const working = (async () => {
    let done = 0;
    while (!sent || done === 0) {
      assertEquals((await collectProcess(good, ["echo", "fine"])).stdout, "fine\n");
      done++;
    }
    return done;
  })();
  // answers may overtake each other, so they are counted by what they have to be
  const expected = new Map<string, number>();
  for (const { id, code } of malformedFrames(FRAMES)) count(expected, `${id} ${code}`);
  const received = new Map<string, number>();
  for (let i = 0; i < FRAMES; i++) {
    const { id, error } = await socket.message(() => true);
    count(received, `${id} ${(error as { code: number }).code}`);
  }
  await sending;
  await working;
  assertEquals(received, expected);
  await socket.sendMessage({ id: "last", method: "environment/status" });
  assertEquals((await socket.message(() => true)).result, { status: "ready" });
  await good.close();
  socket.drop();
  await assertRestored(server, base);
  assertMemory(server, base, MEMORY_MIB);
});

Deno.test("malformed frames: violations close their own connection and no other", async () => {
  await using server = await startServer();
  const base = await takeBaseline(server);
  await using good = await ExecServerClient.connect(server.url, { clientName: "good" });
  for (const violation of [...VIOLATIONS, ...VIOLATIONS, ...VIOLATIONS]) {
    using socket = await RawWebSocket.open(server.url);
    await socket.initialize();
    await socket.send(violation);
    await socket.sendMessage({ id: 1, method: "environment/status" });
    assertEquals((await socket.closeFrame())?.code, 1002, violation);
    assertEquals(await good.call("environment/status", {}), { status: "ready" });
  }
  using early = await RawWebSocket.open(server.url);
  await early.sendMessage({ method: "initialized" });
  assertEquals(await early.closeFrame(), { code: 1002, reason: "initialized before initialize" });
  await good.close();
  await assertRestored(server, base);
});

for (
  const [kind, frame, opcode] of [["malformed", "x", OPCODE.text], ["ping", "x".repeat(125), OPCODE.ping]] as const
) {
  Deno.test(`malformed frames: a client that never reads its answers is no longer read: ${kind}`, async () => {
    await using server = await startServer();
    const base = await takeBaseline(server);
    await using good = await ExecServerClient.connect(server.url, { clientName: "good" });
    using socket = await RawWebSocket.open(server.url);
    await socket.initialize();
    const bytes = encodeFrame(frame, { opcode });
    const many = new Uint8Array(bytes.length * 2_000);
    for (let at = 0; at < many.length; at += bytes.length) many.set(bytes, at);
    let written = 0, blocked = false;
    while (!blocked && written < 60_000_000) {
      let done = false;
      const writing = socket.write(many).then(() => done = true, () => {});
      // in each of these turns a server that reads takes another piece
      for (let turns = 0; !done && turns < 500; turns++) await good.call("environment/status", {});
      blocked = !done;
      if (!blocked) await writing;
      written += many.length;
    }
    assert(blocked, `the server read ${written} bytes`);
    assertMemory(server, base, UNREAD_MIB);
    socket.drop();
    await good.close();
    await assertRestored(server, base);
  });
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

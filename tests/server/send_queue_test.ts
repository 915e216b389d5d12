import { assert, assertEquals } from "@std/assert";
import { Base64Body, LIMITS, type OutgoingMessage } from "../../protocol/mod.ts";
import { SendQueue } from "../../server/send_queue.ts";
import { WriteBuffer } from "../../server/write_buffer.ts";
import { encodeTextFrames } from "../../server/websocket/frame.ts";

/** A stream that takes at most `step` bytes a write, one write at a time when `hold` is used. */
function slowStream(step: number) {
  const written: number[] = [];
  let gate = Promise.resolve();
  let release = () => {};
  return {
    written,
    total: () => written.reduce((sum, count) => sum + count, 0),
    hold: () => gate = new Promise((resolve) => release = resolve),
    go: () => release(),
    read: () => Promise.resolve(null),
    async write(bytes: Uint8Array): Promise<number> {
      await gate;
      const count = Math.min(step, bytes.length);
      written.push(count);
      return count;
    },
    close() {},
  };
}

const MESSAGES: readonly OutgoingMessage[] = [
  "small",
  ['{"chunk":"', Base64Body.of(new Uint8Array(64 * 1024)), '"}'],
  "x".repeat(100_000),
  ['{"data":"', Base64Body.of(new Uint8Array(9 << 20)), '"}'],
];

Deno.test("SendQueue: is empty again after any mixture of messages", async () => {
  for (const message of [...MESSAGES, undefined]) {
    const stream = slowStream(1 << 20);
    const queue = new SendQueue(stream, encodeTextFrames);
    for (const one of message === undefined ? MESSAGES : [message, message]) queue.send(one);
    await queue.flushed();
    assertEquals(queue.queuedBytes, 0);
    assert(stream.total() > 0);
  }
});

Deno.test("SendQueue: many small messages leave in few writes, in order", async () => {
  const stream = slowStream(1 << 20);
  const queue = new SendQueue(stream, encodeTextFrames);
  for (let i = 0; i < 1000; i++) queue.send(`message ${i}`);
  await queue.flushed();
  assert(stream.written.length <= 2, `${stream.written.length} writes`);
});

Deno.test("SendQueue: partial writes lose nothing", async () => {
  const stream = slowStream(7_777);
  const queue = new SendQueue(stream, encodeTextFrames);
  const expected = MESSAGES.flatMap((message) => [...encodeTextFrames(message, new WriteBuffer())])
    .reduce((sum, frame) => sum + frame.length, 0);
  for (const message of MESSAGES) queue.send(message);
  await queue.flushed();
  assertEquals(stream.total(), expected);
});

Deno.test("SendQueue: drained waits for the low-water mark", async () => {
  const stream = slowStream(1 << 20);
  const queue = new SendQueue(stream, encodeTextFrames);
  stream.hold();
  for (let i = 0; i < 40; i++) queue.send(["", Base64Body.of(new Uint8Array(64 * 1024)), ""]);
  assert(queue.queuedBytes > LIMITS.sendHighWaterBytes);
  let drained = false;
  const done = queue.drained().then(() => drained = true);
  await Promise.resolve();
  assertEquals(drained, false);
  stream.go();
  await done;
  assert(queue.queuedBytes <= LIMITS.sendLowWaterBytes);
});

Deno.test("SendQueue: urgent bytes pass between the pieces of a large message", async () => {
  const stream = slowStream(8 << 20);
  const opcodes: (number | undefined)[] = [];
  const write = (bytes: Uint8Array) => {
    opcodes.push(bytes[0]);
    return stream.write(bytes);
  };
  const queue = new SendQueue({ ...stream, write }, encodeTextFrames);
  stream.hold();
  queue.send(['{"data":"', Base64Body.of(new Uint8Array(12 << 20)), '"}']);
  await Promise.resolve();
  await Promise.resolve();
  queue.sendUrgent(new Uint8Array([0x89, 0]));
  stream.go();
  await queue.flushed();
  const ping = opcodes.indexOf(0x89);
  assert(ping > 0 && ping < opcodes.length - 1, opcodes.join());
});

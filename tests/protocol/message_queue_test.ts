import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { LIMITS } from "../../protocol/limits.ts";
import { MessageQueue } from "../../protocol/message_queue.ts";

function fill(queue: MessageQueue, count: number): (Promise<void> | undefined)[] {
  return Array.from({ length: count }, (_, i) => queue.push(String(i)));
}

Deno.test("MessageQueue: delivers in order and ends when it is empty", async () => {
  const queue = new MessageQueue();
  fill(queue, 3);
  queue.push(Uint8Array.of(1));
  queue.end();
  assertEquals(await Array.fromAsync(queue), ["0", "1", "2", Uint8Array.of(1)]);
});

Deno.test("MessageQueue: wakes a consumer that waits", async () => {
  const queue = new MessageQueue();
  const messages = queue[Symbol.asyncIterator]();
  const first = messages.next();
  queue.push("a");
  assertEquals(await first, { done: false, value: "a" });
  const second = messages.next();
  queue.end();
  assertEquals(await second, { done: true, value: undefined });
});

Deno.test("MessageQueue: takes nothing after its end", async () => {
  const queue = new MessageQueue();
  queue.end();
  assertStrictEquals(queue.push("late"), undefined);
  assertEquals(await Array.fromAsync(queue), []);
});

Deno.test("MessageQueue: push asks to wait from the last free place on", () => {
  const waits = fill(new MessageQueue(), LIMITS.maxQueuedMessages);
  assertEquals(waits.findIndex((wait) => wait !== undefined), LIMITS.maxQueuedMessages - 1);
});

Deno.test("MessageQueue: push asks to wait when the bytes are too many", () => {
  const queue = new MessageQueue();
  assertStrictEquals(queue.push("x".repeat(LIMITS.maxQueuedMessageBytes - 1)), undefined);
  assert(queue.push(Uint8Array.of(1)) instanceof Promise);
});

Deno.test("MessageQueue: messages the consumer has not taken yet count, delivered ones do not", async () => {
  const queue = new MessageQueue();
  fill(queue, LIMITS.maxQueuedMessages - 1);
  const messages = queue[Symbol.asyncIterator]();
  await messages.next();
  const waits = fill(queue, 2);
  assertEquals(waits.map((wait) => wait === undefined), [true, false]);
});

Deno.test("MessageQueue: a waiting producer is woken when there is room, not before", async () => {
  const queue = new MessageQueue();
  let woken = false;
  const wait = fill(queue, LIMITS.maxQueuedMessages).at(-1)?.then(() => woken = true);
  const messages = queue[Symbol.asyncIterator]();
  assertEquals(woken, false);
  for (let i = 0; i < LIMITS.maxQueuedMessages; i++) await messages.next();
  const next = messages.next();
  await wait;
  assertEquals(woken, true);
  queue.end();
  await next;
});

Deno.test("MessageQueue: the end wakes a waiting producer", async () => {
  const queue = new MessageQueue();
  const wait = queue.push("x".repeat(LIMITS.maxQueuedMessageBytes));
  queue.end();
  await wait;
  assertEquals((await Array.fromAsync(queue)).length, 1);
});

Deno.test("MessageQueue: a producer that waits keeps a long stream within the bound", async () => {
  const queue = new MessageQueue();
  const total = 10 * LIMITS.maxQueuedMessages;
  let sent = 0, received = 0, mostWaiting = 0;
  const produce = async () => {
    for (; sent < total; sent++) await queue.push(String(sent));
    queue.end();
  };
  const producing = produce();
  for await (const message of queue) {
    assertEquals(message, String(received++));
    mostWaiting = Math.max(mostWaiting, sent - received);
    await Promise.resolve();
  }
  await producing;
  assertEquals(received, total);
  assert(mostWaiting <= LIMITS.maxQueuedMessages, `${mostWaiting} messages waited`);
});

import { assertEquals } from "@std/assert";
import { Base64Body } from "../../protocol/base64.ts";
import { encodeResult } from "../../protocol/encode_message.ts";
import { memoryTransportPair } from "../../protocol/memory_transport.ts";

Deno.test("memoryTransportPair: what one end sends arrives at the other, in order", async () => {
  const [a, b] = memoryTransportPair();
  a.send("1");
  a.send(encodeResult(2, { chunk: Base64Body.of(Uint8Array.of(0)) }));
  b.send("3");
  await a.close();
  assertEquals(await Array.fromAsync(b.messages), ["1", '{"id":2,"result":{"chunk":"AA=="}}']);
  assertEquals(await Array.fromAsync(a.messages), ["3"]);
});

Deno.test("memoryTransportPair: either end closes both", async () => {
  const [a, b] = memoryTransportPair();
  await b.close();
  await b.close();
  a.send("late");
  await a.drained();
  assertEquals(await Array.fromAsync(b.messages), []);
  assertEquals(await Array.fromAsync(a.messages), []);
});

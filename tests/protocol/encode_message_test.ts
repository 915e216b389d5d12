import { assert, assertEquals } from "@std/assert";
import { Base64Body } from "../../protocol/base64.ts";
import {
  encodeError,
  encodeNotification,
  encodeRequest,
  encodeResult,
  messageLength,
  messageText,
  type OutgoingMessage,
} from "../../protocol/encode_message.ts";
import { randomBytes, randomText, seededRandom } from "./random.ts";

function json(message: OutgoingMessage): unknown {
  return JSON.parse(messageText(message));
}

function randomValue(random: () => number, depth: number): unknown {
  const kinds = depth > 0 ? 8 : 6;
  switch (Math.floor(random() * kinds)) {
    case 0:
      return null;
    case 1:
      return random() < 0.5;
    case 2:
      return Math.floor(random() * 2000) - 1000;
    case 3:
      return randomText(random, 12);
    case 4:
      return undefined;
    case 5:
      return Base64Body.of(randomBytes(random, 9));
    case 6:
      return Array.from({ length: Math.floor(random() * 4) }, () => randomValue(random, depth - 1));
    default:
      return randomObject(random, depth - 1);
  }
}

function randomObject(random: () => number, depth: number): Record<string, unknown> {
  const members = Array.from({ length: Math.floor(random() * 6) }, () => randomText(random, 6));
  return Object.fromEntries(members.map((name) => [name, randomValue(random, depth)]));
}

Deno.test("encodeResult: the text is that of JSON.stringify for any value", () => {
  const random = seededRandom(3);
  let split = 0;
  for (let i = 0; i < 3000; i++) {
    const value = randomObject(random, 3);
    const message = encodeResult(1, value);
    if (typeof message !== "string") split++;
    assertEquals(messageText(message), `{"id":1,"result":${JSON.stringify(value)}}`);
  }
  assert(split > 500, `only ${split} messages carried bytes`);
});

Deno.test("encodeResult: direct byte members stay unencoded", () => {
  const body = Base64Body.of(new Uint8Array(300));
  const message = encodeResult(1, { a: 1, chunk: body, eof: true });
  assert(typeof message !== "string");
  assertEquals(message.filter((part) => typeof part !== "string"), [body]);
});

Deno.test("encodeResult: no value is null", () => {
  assertEquals(messageText(encodeResult("s", undefined)), '{"id":"s","result":null}');
  assertEquals(messageText(encodeResult(1, [Base64Body.of(Uint8Array.of(0))])), '{"id":1,"result":["AA=="]}');
});

Deno.test("encodeRequest: there is no jsonrpc member and ids are written exactly", () => {
  assertEquals(messageText(encodeRequest(7, "a/b", { x: 1 })), '{"id":7,"method":"a/b","params":{"x":1}}');
  assertEquals(
    messageText(encodeRequest(9223372036854775807n, "m", null)),
    '{"id":9223372036854775807,"method":"m","params":null}',
  );
  assertEquals(json(encodeRequest('q"', 'm"', undefined)), { id: 'q"', method: 'm"' });
});

Deno.test("encodeNotification: params may be absent", () => {
  assertEquals(messageText(encodeNotification("initialized", undefined)), '{"method":"initialized"}');
  assertEquals(json(encodeNotification("m", { chunk: Base64Body.of(Uint8Array.of(1, 2, 3)), seq: 1 })), {
    method: "m",
    params: { chunk: "AQID", seq: 1 },
  });
});

Deno.test("encodeError: has code and message only", () => {
  assertEquals(messageText(encodeError(-1, -32600, 'a"b\n')), '{"error":{"code":-32600,"message":"a\\"b\\n"},"id":-1}');
});

Deno.test("messageLength: is the size of ASCII messages in bytes", () => {
  const messages = [encodeError(1, 2, "x"), encodeResult(1, { a: Base64Body.of(new Uint8Array(100)), b: "c" })];
  for (const message of messages) assertEquals(messageLength(message), messageText(message).length);
});

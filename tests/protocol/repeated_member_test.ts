import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type IncomingMessage, parseMessage } from "../../protocol/json_rpc.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { RepeatedMember } from "../../protocol/repeated_member.ts";

const LARGE = {
  entries: Array.from({ length: 64 }, (_, i) => ({ path: `/w/d${i}`, access: "read" })),
  text: '"sandbox":{"a":1}',
};

function request(params: unknown, id: unknown = 1): string {
  return JSON.stringify({ id, method: "fs/readFile", params });
}

function sandboxOf(message: IncomingMessage): unknown {
  return message.kind === "request" ? (message.params as { sandbox?: unknown }).sandbox : undefined;
}

Deno.test("RepeatedMember: a member that came before is read once", () => {
  const parser = new RepeatedMember("sandbox");
  const first = parser.parse(request({ path: "/a", sandbox: LARGE }));
  const second = parser.parse(request({ path: "/b", sandbox: LARGE, more: [1, null] }, "x"));
  assertEquals(second, parseMessage(request({ path: "/b", sandbox: LARGE, more: [1, null] }, "x")));
  assertStrictEquals(sandboxOf(second), sandboxOf(first));
  assert(Object.isFrozen(sandboxOf(first)) && Object.isFrozen((sandboxOf(first) as typeof LARGE).entries[0]));
});

Deno.test("RepeatedMember: another member of the same length is another one", () => {
  const parser = new RepeatedMember("sandbox");
  parser.parse(request({ sandbox: LARGE }));
  const other = { ...LARGE, text: LARGE.text.replace("1", "2") };
  assertEquals(sandboxOf(parser.parse(request({ sandbox: other }))), other);
  assertEquals(sandboxOf(parser.parse(request({ sandbox: LARGE }))), LARGE);
});

Deno.test("RepeatedMember: a message means the same as to a parser that remembers nothing", () => {
  const parser = new RepeatedMember("sandbox");
  const large = JSON.stringify(LARGE);
  parser.parse(request({ sandbox: LARGE }));
  const texts = [
    // elsewhere under the same name
    `{"id":1,"method":"m","params":{"inner":{"sandbox":${large}}}}`,
    `{"id":1,"method":"m","params":{"inner":{"sandbox":${large}},"sandbox":${large}}}`,
    `{"id":1,"method":"m","params":{"inner":{"sandbox":{}},"sandbox":${large}}}`,
    `{"sandbox":${large},"id":1,"method":"m","params":{"path":"/"}}`,
    `{"id":1,"method":"m","params":[{"sandbox":${large}}]}`,
    // inside of a text, or as a part of another key
    request({ text: `"sandbox":${large}`, sandbox: LARGE }),
    request({ text: `"sandbox":${large}` }),
    `{"id":1,"method":"m","params":{"a\\"sandbox":${large}}}`,
    // another kind of message
    `{"method":"m","params":{"sandbox":${large}}}`,
    `{"id":1,"result":{"sandbox":${large}}}`,
    // written in another way
    `{"id":1,"method":"m","params":{"sandbox": ${large} }}`,
    JSON.stringify({ id: 1, method: "m", params: { sandbox: LARGE } }, null, 1),
    // ids that a double would round
    `{"id":9223372036854775807,"method":"m","params":{"sandbox":${large}}}`,
  ];
  for (const text of texts) {
    for (let times = 0; times < 2; times++) assertEquals(parser.parse(text), parseMessage(text), text.slice(0, 60));
  }
  const broken = [
    `{"id":1,"method":"m","params":{"sandbox":${large}x}}`,
    `{"id":1,"method":"m","params":{"sandbox":${large}`,
    `{"id":1,"method":"m","params":{"sandbox":${large},"sandbox":1}}`,
    `{"id":1,"method":"m","params":{"sandbox":${large}},"params":1}`,
    `{"id":1.5,"method":"m","params":{"sandbox":${large}}}`,
    `{"id":1,"method":"m","params":{"sandbox":${large},"a":"\\ud800"}}`,
  ];
  for (const text of broken) {
    const expected = assertThrows(() => parseMessage(text), SyntaxError);
    assertThrows(() => parser.parse(text), SyntaxError, expected.message, text.slice(0, 60));
  }
});

Deno.test("RepeatedMember: keeps those used last", () => {
  const parser = new RepeatedMember("sandbox");
  const read = (n: number) => sandboxOf(parser.parse(request({ sandbox: { ...LARGE, n } })));
  const first = read(0), second = read(1);
  for (let n = 2; n < LIMITS.maxRepeatedMembers; n++) read(n);
  assertStrictEquals(read(0), first);
  read(-1);
  assertStrictEquals(read(0), first);
  const again = read(1);
  assert(again !== second);
  assertEquals(again, second);
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import { idToJson, parseMessage } from "../../protocol/json_rpc.ts";
import { LIMITS } from "../../protocol/limits.ts";

function refuses(text: string, message = ""): void {
  assertThrows(() => parseMessage(text), SyntaxError, message, text);
}

Deno.test("parseMessage: an object with method and id is a request", () => {
  const trace = undefined;
  assertEquals(parseMessage('{"id":1,"method":"m","params":{"a":1}}'), {
    kind: "request",
    id: 1,
    method: "m",
    params: { a: 1 },
    trace,
  });
  assertEquals(parseMessage('{"id":1,"method":"m"}'), {
    kind: "request",
    id: 1,
    method: "m",
    params: undefined,
    trace,
  });
  assertEquals(parseMessage('{"id":1,"method":"m","params":null}'), {
    kind: "request",
    id: 1,
    method: "m",
    params: null,
    trace,
  });
});

Deno.test("parseMessage: an object with method and result is a request", () => {
  assertEquals(parseMessage('{"id":5,"method":"m","result":1,"error":{}}').kind, "request");
  assertEquals(parseMessage('{"method":"m","result":1}').kind, "notification");
});

Deno.test("parseMessage: an object with method and no id is a notification", () => {
  assertEquals(parseMessage('{"method":"m","params":[1]}'), { kind: "notification", method: "m", params: [1] });
});

Deno.test("parseMessage: an object with result is a response, null included", () => {
  assertEquals(parseMessage('{"id":"a","result":null}'), { kind: "response", id: "a", result: null });
});

Deno.test("parseMessage: an object with error is an error", () => {
  assertEquals(parseMessage('{"error":{"code":-32600,"message":"no","data":1},"id":-1}'), {
    kind: "error",
    id: -1,
    code: -32600,
    message: "no",
  });
});

Deno.test("parseMessage: unknown members and a jsonrpc member are ignored", () => {
  assertEquals(parseMessage('{"jsonrpc":"2.0","id":1,"method":"m","zz":[{}]}').kind, "request");
});

Deno.test("parseMessage: surrounding white space is allowed, anything else is not", () => {
  assertEquals(parseMessage(' \t\r\n{"method":"m"}\n ').kind, "notification");
  refuses('{"method":"m"}{"method":"m"}');
  refuses('\ufeff{"method":"m"}');
});

Deno.test("parseMessage: every unparsable frame of section 5.3 is refused", () => {
  for (const text of ["hello", "{", "", " ", "NaN", '{"method":"\n"}', "{'method':'m'}", '{"method":"m",}']) {
    refuses(text);
  }
  for (const text of ["null", "1", '"x"', "[]", "[1]", '[{"id":1,"method":"m"}]', "true"]) {
    refuses(text, "expected a JSON-RPC object");
  }
  for (const text of ["{}", '{"id":1}', '{"error":null}']) refuses(text, "missing field `error`");
  for (const text of ['{"id":3,"method":5}', '{"id":3,"method":null}', '{"method":{}}']) {
    refuses(text, "`method`: expected a string");
  }
  refuses('{"id":1,"error":{}}', "missing field `code`");
  refuses('{"id":1,"error":{"code":1}}', "missing field `message`");
  refuses('{"id":1,"result":1,"result":2}', "duplicate JSON object key `result`");
});

Deno.test("parseMessage: integer and string ids are echoed exactly", () => {
  const ids = ["0", "1", "-1", "9007199254740991", "9007199254740993", "9223372036854775807", "-9223372036854775808"];
  for (const id of [...ids, '""', '"1"', '"9223372036854775808"', '"é\\n\\u0000"', `"${"x".repeat(1000)}"`]) {
    const message = parseMessage(`{"id":${id},"method":"m"}`);
    assert(message.kind === "request");
    assertEquals(idToJson(message.id), id.includes("\\") ? JSON.stringify(JSON.parse(id)) : id);
  }
});

Deno.test("parseMessage: ids are bigint only where a double would round them", () => {
  const idOf = (text: string) => (parseMessage(`{"id":${text},"result":0}`) as { id: unknown }).id;
  assertEquals(idOf("9007199254740991"), Number.MAX_SAFE_INTEGER);
  assertEquals(idOf("9007199254740993"), 9007199254740993n);
});

Deno.test("parseMessage: ids that are no string and no 64-bit integer are refused", () => {
  const ids = ["1.5", "1.0", "1e2", "null", "true", "false", "[]", "{}", "[1]", "9223372036854775808"];
  for (const id of [...ids, "-9223372036854775809", "1e400"]) {
    refuses(`{"id":${id},"method":"m"}`, "`id`: expected a string or a 64-bit integer");
    refuses(`{"id":${id},"result":1}`, "`id`: expected a string or a 64-bit integer");
    refuses(`{"id":${id},"error":{"code":1,"message":""}}`, "`id`: expected a string or a 64-bit integer");
  }
  refuses('{"result":1}', "`id`");
  refuses('{"error":{"code":1,"message":""}}', "`id`");
});

Deno.test("parseMessage: an id inside params is not the message's id", () => {
  assertEquals(parseMessage('{"params":{"id":1.5},"method":"m","id":2}').kind, "request");
  assertEquals(parseMessage('{"method":"m","params":{"id":1}}').kind, "notification");
});

Deno.test("parseMessage: trace is an object of strings, or null", () => {
  const request = (trace: string) => parseMessage(`{"id":1,"method":"m","trace":${trace}}`);
  const traceOf = (trace: string) => (request(trace) as { trace: unknown }).trace;
  assertEquals(traceOf("null"), undefined);
  assertEquals(traceOf('{"traceparent":"00-a","tracestate":null}'), { traceparent: "00-a", tracestate: null });
  for (const trace of ["1", '"x"', "[]", "true"]) refuses(`{"id":1,"method":"m","trace":${trace}}`, "`trace`");
  refuses('{"id":1,"method":"m","trace":{"traceparent":1}}', "`trace.traceparent`");
  refuses('{"id":1,"method":"m","trace":{"tracestate":{}}}', "`trace.tracestate`");
});

Deno.test("parseMessage: a message over a limit is refused before it is built", () => {
  // not JSON, so only a check that comes before JSON.parse can name the limit
  refuses(`{"method":"m","params":[${"{},".repeat(LIMITS.maxJsonValues)}`, "JSON values");
  refuses(`{"method":"m","params":${"[".repeat(LIMITS.maxJsonDepth)}`, "recursion limit exceeded");
});

Deno.test("parseMessage: lone surrogates are refused like any other bad string", () => {
  refuses('{"id":1,"method":"m","params":{"path":"/a\\ud800"}}', "lone surrogate");
});

Deno.test("parseMessage: lenient takes short messages as JSON.parse does, and looks at long ones", () => {
  const lenient = { lenient: true };
  const twice = '{"id":1,"result":{"a":1,"a":2}}';
  assertThrows(() => parseMessage(twice), SyntaxError, "duplicate");
  assertEquals(parseMessage(twice, lenient), { kind: "response", id: 1, result: { a: 2 } });
  const long = `{"id":1,"result":{"a":"${"x".repeat(140_000)}","a":2}}`;
  assertThrows(() => parseMessage(long, lenient), SyntaxError, "duplicate");
  assertThrows(() => parseMessage('{"id":1.5,"result":{}}', lenient), SyntaxError, "`id`");
  assertThrows(() => parseMessage('{"id":null,"result":{}}', lenient), SyntaxError, "`id`");
  const big = parseMessage('{"id":9007199254740993,"method":"m"}', lenient);
  assertEquals(big.kind === "request" && big.id, 9007199254740993n);
});

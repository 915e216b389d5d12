import { assertEquals, assertThrows } from "@std/assert";
import { scanJson } from "../../protocol/json_scan.ts";
import { LIMITS } from "../../protocol/limits.ts";

function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}

function refuses(text: string, message: string): void {
  assertThrows(() => scanJson(text), SyntaxError, message);
}

Deno.test("scanJson: containers may nest 127 deep", () => {
  scanJson(nested(127));
  scanJson(`{"params":${nested(126)}}`);
  scanJson(`${'{"a":'.repeat(127)}1${"}".repeat(127)}`);
});

Deno.test("scanJson: a container at depth 128 is refused", () => {
  refuses(nested(128), "recursion limit exceeded");
  refuses(`{"params":${nested(127)}}`, "recursion limit exceeded");
  refuses(`${'{"a":'.repeat(128)}1${"}".repeat(128)}`, "recursion limit exceeded");
});

Deno.test("scanJson: depth is what is open, not what was opened", () => {
  assertEquals(scanJson(`[${Array(1000).fill("[[]]").join(",")}]`), { idText: undefined });
});

Deno.test("scanJson: 262144 values pass and one more does not", () => {
  const scalars = (count: number) => `[${Array(count).fill("1").join(",")}]`;
  scanJson(scalars(LIMITS.maxJsonValues - 1));
  refuses(scalars(LIMITS.maxJsonValues), "exceeds the limit of 262144 JSON values");
});

Deno.test("scanJson: containers and strings count as values, keys do not", () => {
  const members = (count: number) => `{${Array.from({ length: count }, (_, i) => `"${i}":""`).join(",")}}`;
  scanJson(members(LIMITS.maxJsonValues - 1));
  refuses(members(LIMITS.maxJsonValues), "JSON values");
  refuses(`[${Array(LIMITS.maxJsonValues).fill("{}").join(",")}]`, "JSON values");
});

Deno.test("scanJson: the limits are checked on text that is not JSON as well", () => {
  refuses("[{},".repeat(1) + "{},".repeat(LIMITS.maxJsonValues), "JSON values");
  refuses("[".repeat(1_000_000), "recursion limit exceeded");
});

Deno.test("scanJson: malformed text ends the scan instead of hanging it", () => {
  const samples = ['"', '{"a', '{"a\\"', "[1,", "}", "]]", '{"a":}', "{a:1}", ":,", '{"a" "b"', '"a\\', '{"\\u00"'];
  for (const text of samples) {
    try {
      scanJson(text);
    } catch (error) {
      assertEquals((error as Error).name, "SyntaxError", text);
    }
  }
});

Deno.test("scanJson: duplicate keys are refused at every level", () => {
  refuses('{"a":1,"a":2}', "duplicate JSON object key `a`");
  refuses('{"x":{"a":1,"b":2,"a":3}}', "duplicate JSON object key `a`");
  refuses('[[{"a":[],"a":{}}]]', "duplicate JSON object key `a`");
  refuses('{"":1,"":2}', "duplicate JSON object key ``");
});

Deno.test("scanJson: duplicate keys are found whatever their spelling", () => {
  refuses('{"id":1,"\\u0069d":2}', "duplicate JSON object key `id`");
  refuses('{"a/b":1,"a\\/b":2}', "duplicate JSON object key `a/b`");
  refuses('{"\\u00e9":1,"é":2}', "duplicate JSON object key `é`");
  refuses('{"\\"":1,"\\u0022":2}', 'duplicate JSON object key `"`');
  refuses('{"__proto__":1,"__proto__":2}', "duplicate JSON object key `__proto__`");
});

Deno.test("scanJson: the same key in different objects is no duplicate", () => {
  scanJson('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"c":"a","d":["a","a"]}');
});

Deno.test("scanJson: punctuation inside strings is text", () => {
  const value = ["{[,:]}", '"', "\\", '\\"', '\\\\"', '{"a":1,"a":2}', "\\\\"];
  scanJson(JSON.stringify({ a: value, b: { '"': 1, "\\": 2, '\\"': 3 } }));
  scanJson('{"a":"\\\\","b":"\\\\\\"","c":1}');
});

Deno.test("scanJson: a long string is one value", () => {
  const long = '[{"'.repeat(2_000_000);
  assertEquals(scanJson(JSON.stringify({ data: long, id: 7 })), { idText: "7" });
});

Deno.test("scanJson: lone surrogate escapes are refused in values and keys", () => {
  refuses('{"a":"\\ud800"}', "lone surrogate");
  refuses('["x\\uDC00y"]', "lone surrogate");
  refuses('{"\\ud83d":1}', "lone surrogate");
  scanJson('{"a":"\\ud83d\\ude00","b":"\\\\ud800"}');
});

Deno.test("scanJson: idText is the source of the top-level id", () => {
  assertEquals(scanJson('{"id":9223372036854775807}').idText, "9223372036854775807");
  assertEquals(scanJson('{ "id" : 1.0 , "method":"x"}').idText, "1.0");
  assertEquals(scanJson('{"params":{"id":5},"\\u0069d":6}').idText, "6");
  assertEquals(scanJson('{"params":{"id":5}}').idText, undefined);
  assertEquals(scanJson('{"params":[{"id":5}],"x":1}').idText, undefined);
});

import { assertEquals } from "@std/assert";
import type { TakenOutput } from "../../../../client/tools/exec/head_tail_buffer.ts";
import { outputText, tokenCount } from "../../../../client/tools/exec/output_text.ts";

function output(head: string | Uint8Array, tail: string | Uint8Array = "", omitted = 0): TakenOutput {
  const [first, last] = [head, tail].map((part) =>
    typeof part === "string" ? new TextEncoder().encode(part) : part
  ) as [
    Uint8Array,
    Uint8Array,
  ];
  return { head: first, tail: last, omitted, total: first.length + last.length + omitted };
}

function truncated(tokens: number, heading: string, text: string): string {
  return `Warning: truncated output (original token count: ${tokens})\n${heading}\n\n${text}`;
}

Deno.test("tokenCount: four bytes a token, rounded up", () => {
  assertEquals([0, 1, 4, 5, 8, 9].map(tokenCount), [0, 1, 1, 2, 2, 3]);
});

Deno.test("outputText: a character over the border of head and tail stays whole", () => {
  const bytes = new TextEncoder().encode("a€b");
  for (let i = 0; i <= bytes.length; i++) {
    assertEquals(outputText(output(bytes.subarray(0, i), bytes.subarray(i)), 100), "a€b");
  }
});

Deno.test("outputText: borders of a budget of one to four tokens", () => {
  assertEquals(outputText(output("12345"), 1), truncated(2, "Total output lines: 1", "12…1 tokens truncated…45"));
  assertEquals(outputText(output("1234"), 1), "1234");
  assertEquals(outputText(output("žžžž"), 1), truncated(2, "Total output lines: 1", "ž…1 tokens truncated…ž"));
  assertEquals(outputText(output("€€€€"), 1), truncated(3, "Total output lines: 1", "…2 tokens truncated…"));
  assertEquals(outputText(output("🐎🐎"), 1), truncated(2, "Total output lines: 1", "…1 tokens truncated…"));
  assertEquals(outputText(output("🐎🐎🐎"), 2), truncated(3, "Total output lines: 1", "🐎…1 tokens truncated…🐎"));
});

Deno.test("outputText: with dropped bytes it says so, whether or not the rest fits", () => {
  assertEquals(outputText(output("ab", "cd", 7), 100), "ab\n... 7 bytes omitted ...\ncd");
  assertEquals(
    outputText(output("abcdefgh", "ijklmnop", 1000), 2),
    truncated(254, "... 1000 bytes omitted ...", "abcd…9 tokens truncated…mnop"),
  );
});

Deno.test("outputText: nothing is shown for no tokens, and nothing is marked for no output", () => {
  assertEquals(outputText(output(""), 0), "");
  assertEquals(outputText(output("a"), 0), truncated(1, "Total output lines: 1", "…1 tokens truncated…"));
});

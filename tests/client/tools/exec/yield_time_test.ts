import { assertEquals } from "@std/assert";
import { clampPollYield, clampYield } from "../../../../client/tools/exec/yield_time.ts";

Deno.test("clampYield: 250 ms to 30 s", () => {
  const table = [[0, 250], [1, 250], [249, 250], [250, 250], [251, 251], [29_999, 29_999], [30_000, 30_000], [
    30_001,
    30_000,
  ]];
  for (const [asked, expected] of table) assertEquals(clampYield(asked as number), expected);
});

Deno.test("clampPollYield: 5 s to 300 s", () => {
  const table = [[0, 5_000], [4_999, 5_000], [5_000, 5_000], [5_001, 5_001], [300_000, 300_000], [300_001, 300_000]];
  for (const [asked, expected] of table) assertEquals(clampPollYield(asked as number), expected);
});

Deno.test("clampPollYield: a configured bound below 5 s is 5 s", () => {
  assertEquals(clampPollYield(60_000, 20_000), 20_000);
  assertEquals(clampPollYield(60_000, 100), 5_000);
});

import { assert, assertEquals } from "@std/assert";
import { reportMemory } from "./memory_report.ts";
import { trendOf } from "./trend.ts";

const MIB = 2 ** 20;
const AT_REST = { heap: 17 * MIB, native: 12 * MIB };
const FLAT = { peak: 270, median: 250, trend: 3 };

/** Goes up and falls, as memory does between two collections, with a peak now and then. */
function sawTooth(count: number, growth: number): number[] {
  return Array.from({ length: count }, (_, i) => 200 + i % 7 * 5 + (i % 97 === 0 ? 100 : 0) + i * growth);
}

Deno.test("trendOf() sees growth under what goes up and down, and none where there is none", () => {
  for (const count of [30, 400, 1_000]) {
    assert(Math.abs(trendOf(sawTooth(count, 0))) < 5, `flat ${count}: ${trendOf(sawTooth(count, 0))}`);
    const grown = trendOf(sawTooth(count, 0.1));
    assert(Math.abs(grown - count * 0.1) < 5, `grown ${count}: ${grown}`);
  }
});

Deno.test("reportMemory() is content with what is flat, and with nothing that grows", () => {
  const flat = (record: typeof FLAT, after: typeof AT_REST, long = true) => {
    return reportMemory({ record, before: AT_REST, after, long }).flat;
  };
  assertEquals(flat(FLAT, AT_REST), true);
  assertEquals(flat(FLAT, { ...AT_REST, heap: 22 * MIB }), false);
  assertEquals(flat(FLAT, { ...AT_REST, native: 17 * MIB }), false);
  assertEquals(flat({ ...FLAT, trend: 26 }, AT_REST), false);
  assertEquals(flat({ ...FLAT, trend: 26 }, AT_REST, false), true);
  assertEquals(flat({ ...FLAT, trend: -50 }, AT_REST), true);
});

import { assertEquals, assertThrows } from "@std/assert";
import { parseDuration } from "../../cli/duration.ts";

Deno.test("parseDuration: units and bare seconds", () => {
  assertEquals(["80s", "500ms", "2m", "1h", "5", "0.5s", "0"].map(parseDuration), [
    80_000,
    500,
    120_000,
    3_600_000,
    5_000,
    500,
    0,
  ]);
});

Deno.test("parseDuration: refuses what is no duration or longer than any timer", () => {
  for (const text of ["", "s", "-1s", "1 s", "1d", "1e3", "NaN", "999999999h", "25000m0"]) {
    assertThrows(() => parseDuration(text), RangeError, "expected a duration");
  }
});

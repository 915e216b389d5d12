import { assertEquals } from "@std/assert";
import { parseTraceParent } from "../../../server/telemetry/trace_parent.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c", SPAN = "b7ad6b7169203331";

Deno.test("parseTraceParent: ids and whether it is sampled", () => {
  const of = (traceFlags: number) => ({ traceId: TRACE, spanId: SPAN, traceFlags, isRemote: true });
  assertEquals(parseTraceParent(`00-${TRACE}-${SPAN}-01`), of(1));
  assertEquals(parseTraceParent(`00-${TRACE}-${SPAN}-00`), of(0));
  assertEquals(parseTraceParent(`00-${TRACE}-${SPAN}-ff`), of(1));
  // later versions may append
  assertEquals(parseTraceParent(`cc-${TRACE}-${SPAN}-01-what`), of(1));
});

Deno.test("parseTraceParent: what is malformed is no parent", () => {
  const texts = [
    ...[undefined, null, "", "00", `ff-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}`, `00-${TRACE}-${SPAN}-1`],
    ...[`00-${TRACE.toUpperCase()}-${SPAN}-01`, `00-${"0".repeat(32)}-${SPAN}-01`, `00-${TRACE}-${"0".repeat(16)}-01`],
    ...[` 00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01x`, `00-${TRACE}0-${SPAN}-01`],
  ];
  assertEquals(texts.map(parseTraceParent), texts.map(() => undefined));
});

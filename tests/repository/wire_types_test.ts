import { assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { renderType, renderWireTypes, WIRE_TYPES_URL } from "./wire_types.ts";

Deno.test("wire_types.ts: is what the schemas say; `deno task bless` writes it anew", async () => {
  assertEquals(await Deno.readTextFile(WIRE_TYPES_URL), renderWireTypes());
});

Deno.test("renderType: what may be left out and what decoding changes shows on its side", () => {
  const path = z.string().transform((text) => ({ text }));
  const schema = z.object({
    path,
    mode: z.enum(["a", "b"]).default("a"),
    note: z.string().nullish().describe("a note"),
  });
  assertEquals(
    renderType(schema, "input"),
    '{\n  path: string;\n  mode?: "a" | "b" | undefined;\n  /** a note */\n  note?: string | null | undefined;\n}',
  );
  assertEquals(
    renderType(schema, "output"),
    '{\n  path: WirePath;\n  mode: "a" | "b";\n  /** a note */\n  note?: string | null | undefined;\n}',
  );
});

Deno.test("renderType: a schema that it cannot write out is refused, not guessed", () => {
  assertThrows(() => renderType(z.object({ at: z.date() }), "input"), TypeError, '"date"');
});

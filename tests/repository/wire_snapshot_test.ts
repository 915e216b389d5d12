import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { z } from "zod";
import { METHODS } from "../../protocol/methods.ts";
import { renderSchema, renderWire, SNAPSHOT_URL, snapshotText } from "./wire_snapshot.ts";

const frozen = JSON.parse(await Deno.readTextFile(SNAPSHOT_URL));

Deno.test("wire: is as it was frozen; `deno task bless` accepts a change that is meant", () => {
  assertEquals(JSON.parse(snapshotText(renderWire())), frozen);
});

Deno.test("wire: the snapshot holds every method with its parameters", () => {
  assertEquals(Object.keys(frozen.methods), Object.keys(METHODS).sort());
  for (const [name, method] of Object.entries<Record<string, Record<string, unknown>>>(frozen.methods)) {
    assert("type" in (method.params ?? {}) || "anyOf" in (method.params ?? {}), name);
    assertEquals(method.result?.type, "object", name);
  }
});

Deno.test("renderSchema: what matters to a peer shows", () => {
  const text = renderSchema(z.object({ a: z.string() }));
  const changes = [z.number(), z.string().optional(), z.string().nullable(), z.enum(["x"]), z.array(z.string())];
  for (const a of changes) assertNotEquals(renderSchema(z.object({ a })), text);
  assertNotEquals(renderSchema(z.object({ b: z.string() })), text);
});

Deno.test("wire: methods the original does not have are marked", () => {
  const additions = Object.entries<{ addition: boolean }>(frozen.methods).filter(([, method]) => method.addition);
  assertEquals(additions.map(([name]) => name), [
    "http/request/cancel",
    "process/closeStdin",
    "process/list",
    "process/resize",
  ]);
});

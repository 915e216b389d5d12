import { assertEquals } from "@std/assert";
import { tryTriples } from "./triples.ts";

Deno.test({
  name: "helper: its decision equals the model's for random policies, paths and operations",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const { triples, answers } = await tryTriples({ seed: 11, count: 2000, perPolicy: 100, maxMs: 60_000 });
    assertEquals(triples, 2000);
    // each kind of answer was among them, or nothing was tested
    for (
      const kind of ["readFile ok", "readFile 2", "readFile 13", "writeFile ok", "writeFile 30", "remove ok", "copy ok"]
    ) {
      assertEquals([kind, (answers.get(kind) ?? 0) > 0], [kind, true]);
    }
  },
});

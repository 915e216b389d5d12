import { assert, assertEquals } from "@std/assert";
import { LocalFilesystem } from "../../server/filesystem/local_filesystem.ts";
import { assertHeld, runAttack } from "./attack.ts";
import { ATTACKS } from "./attacks.ts";
import { PORTABLE, VARIANTS } from "./variants.ts";

for (const { name, options, owner, ignore } of VARIANTS) {
  Deno.test({
    name: `attacks: ${name} hold`,
    ignore,
    fn: async (t) => {
      for (const [what, attack] of Object.entries(ATTACKS)) {
        await t.step(what, async () => assertHeld(what, attack, await runAttack(attack, options, owner)));
      }
    },
  });
}

Deno.test("attacks: the portable helper holds", async (t) => {
  for (const [what, attack] of Object.entries(ATTACKS)) {
    // its flags keep it from looking at what is denied, so it does not know that again under another name
    if (what === "read: a hard link to a denied file" || what === "rename: a denied directory's parent") continue;
    await t.step(what, async () => {
      const { breach } = await runAttack(attack, PORTABLE);
      assertEquals(breach, undefined);
    });
  }
});

Deno.test("attacks: without a sandbox each of them succeeds", async (t) => {
  for (const [what, attack] of Object.entries(ATTACKS)) {
    if (attack.control === false) continue;
    await t.step(what, async () => {
      const { answer, breach } = await runAttack(attack, {}, undefined, new LocalFilesystem());
      assert(breach !== undefined, `it came to nothing: ${answer}`);
    });
  }
});

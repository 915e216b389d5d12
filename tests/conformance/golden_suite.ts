import { assertEquals } from "@std/assert";
import { startServer } from "../support/test_server.ts";
import { Deviations } from "./deviations.ts";
import { type Generation, goldenFiles } from "./golden.ts";
import { replayFile } from "./replay_file.ts";
import { loadSteps } from "./step.ts";

/**
 * Defines the test that replays the golden transcripts of a generation, all against one server. Without `../shared` it
 * is shown as ignored; the slow files run with `CONFORMANCE_SLOW=1` only.
 */
export async function defineGoldenTest(generation: Generation): Promise<void> {
  const files = goldenFiles(generation);
  const slow = Deno.env.get("CONFORMANCE_SLOW") === "1";
  const deviations = await Deviations.load(generation);
  const missing = files.length === 0;
  const name = `server answers like 0.${generation}.0${missing ? " (../shared/golden is not there)" : ""}`;
  Deno.test({ name, ignore: missing }, async (t) => {
    await using server = await startServer();
    for (const file of files) {
      await t.step({
        name: file.name,
        ignore: file.slow && !slow,
        fn: async () => {
          const steps = await loadSteps(file.url);
          const problems = await replayFile(server.url, steps, { name: file.name, deviations, strict: false });
          assertEquals(problems, []);
        },
      });
    }
    await t.step("every listed deviation is about a file that exists", () => {
      const names = new Set(files.map((file) => file.name));
      assertEquals([...deviations.files].filter((file) => !names.has(file)), []);
    });
  });
}

import { assertEquals } from "@std/assert";
import { startServer } from "../support/test_server.ts";
import { replayFile } from "./replay_file.ts";
import { loadSteps, type Step } from "./step.ts";

const FOLDER = new URL("../testdata/transcripts/", import.meta.url);

const transcripts = await Promise.all(
  [...Deno.readDirSync(FOLDER)].map(({ name }) => name).toSorted().map(async (name) => {
    return { name, steps: await loadSteps(new URL(name, FOLDER)) };
  }),
);

/** Transcripts that need the same flags share a server. */
const byFlags = Map.groupBy(transcripts, ({ steps }) => flagsOf(steps).join(" "));

for (const [flags, group] of byFlags) {
  Deno.test(`server answers like our own transcripts (flags: ${flags || "none"})`, async (t) => {
    await using server = await startServer(...flagsOf(group[0]?.steps ?? []));
    for (const { name, steps } of group) {
      await t.step(name, async () => {
        assertEquals(await replayFile(server.url, steps, { name, strict: true }), []);
      });
    }
  });
}

function flagsOf(steps: readonly Step[]): string[] {
  return steps[0]?.flags ?? [];
}

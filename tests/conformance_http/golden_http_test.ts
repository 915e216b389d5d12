import { assert, assertEquals } from "@std/assert";
import { caseNames, type Generation, type GoldenCase, loadCase } from "./golden_case.ts";
import { ELSEWHERE, loadDifferences } from "./known_differences.ts";
import { replayCase } from "./replay_case.ts";

const TESTDATA = new URL("../testdata/http/", import.meta.url);
const known = await loadDifferences();

/** Requests of the original's MCP client are replayed with the client library. */
function isServerCase(name: string): boolean {
  return !name.startsWith("client_") && !(name in ELSEWHERE);
}

async function replaySuite(name: string, folder: URL, generation: Generation): Promise<void> {
  const names = await caseNames(folder);
  Deno.test({
    name,
    ignore: names.length === 0,
    fn: async (t) => {
      for (const golden of names.filter(isServerCase)) {
        await t.step(golden, async () => {
          const differences = known[generation][golden]?.differences ?? {};
          assertEquals(await replayCase(await loadCase(folder, golden)), differences);
        });
      }
    },
  });
}

await replaySuite("recorded HTTP: cases kept in the repository", TESTDATA, "169");
for (const generation of ["130", "169"] as const) {
  const folder = new URL(`../../../shared/golden_http/${generation}/`, import.meta.url);
  await replaySuite(`recorded HTTP: every case of 0.${generation}.0`, folder, generation);
}

Deno.test("recorded HTTP: a request or an answer that differs is reported", async () => {
  const changes: [name: string, from: string, to: string, where: string][] = [
    ["header_uppercase", '"x-upper-case"', '"X-Upper-Case"', "peer"],
    ["header_uppercase", "GET /ok HTTP", "GET /ko HTTP", "peer"],
    ["resp_headers_multi", '"text/Plain"', '"text/plain"', "answer 2"],
    ["resp_headers_multi", '"status":200', '"status":201', "answer 2"],
    ["resp_chunked_stream", '"d29ybGQ="', '"d29ybGQh"', "stream r20"],
    ["resp_bad_chunk_stream", "error decoding response body", "", "stream r45"],
    ["url_ws", "got ws", "got wss", "answer 2"],
    ["as_notification", '"dir":"close"', '"dir":"recv"', "closed"],
  ];
  for (const [name, from, to, where] of changes) {
    const text = JSON.stringify(await loadCase(TESTDATA, name));
    const at = text.lastIndexOf(from);
    assert(at !== -1, from);
    const changed: GoldenCase = JSON.parse(text.slice(0, at) + to + text.slice(at + from.length));
    assertEquals(Object.keys(await replayCase(changed)), [where], `${name}: ${from}`);
  }
});

Deno.test("recorded HTTP: every known difference has its reason", () => {
  for (const [name, { reason, differences }] of Object.values(known).flatMap((list) => Object.entries(list))) {
    assert(reason.length > 10 && Object.keys(differences).length > 0, name);
  }
});

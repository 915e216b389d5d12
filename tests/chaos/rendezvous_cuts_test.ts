import { assert } from "@std/assert";
import { rendezvousCuts } from "./rendezvous_cuts.ts";

for (const kind of ["environment", "noise", "executor"] as const) {
  // 500 cuts are `deno task chaos:rendezvous`
  Deno.test(`chaos: no byte is lost over cuts of the rendezvous (${kind})`, async () => {
    const clients = kind === "executor" ? 1 : 3;
    const report = await rendezvousCuts({ kind, clients, processes: 2, breaks: 30, seed: 20_261_128 });
    assert(report.breaks >= 30 && report.dials > 5, JSON.stringify(report));
    assert(report.writes > 100 && report.outputBytes > 500_000, JSON.stringify(report));
  });
}

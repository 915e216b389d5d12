// deno-lint-ignore-file no-console -- a command line tool
/**
 * Cuts websockets to a rendezvous at random while processes run, by relay frames, as they are and over Noise, and without.
 *
 *     deno task chaos:rendezvous [--breaks=500] [--seed=1]
 *
 * @module
 */
import { rendezvousCuts } from "./rendezvous_cuts.ts";

const number = (name: string, otherwise: number) => Number(option(name) ?? otherwise);

for (const kind of ["environment", "noise", "executor"] as const) {
  const clients = kind === "executor" ? 1 : 3;
  const started = performance.now();
  const options = { kind, clients, processes: 4, breaks: number("breaks", 500), seed: number("seed", 1) };
  const report = await rendezvousCuts(options);
  console.log(kind, report, `${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function option(name: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}

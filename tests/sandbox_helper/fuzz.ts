/**
 * Compares the helper with the model for many random triples of policy, path and operation:
 * `deno task fuzz:sandbox [--triples N] [--seconds N] [--seed N]`. Ends with status 1 at the first difference.
 *
 * @module
 */
import { tryTriples } from "./triples.ts";

const PER_POLICY = 1000;

function option(name: string, byDefault: number): number {
  const at = Deno.args.indexOf(`--${name}`);
  const value = at === -1 ? byDefault : Number(Deno.args[at + 1]);
  if (!Number.isSafeInteger(value)) throw new TypeError(`Cannot read --${name}: expected a whole number`);
  return value;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  const seed = option("seed", Math.floor(Math.random() * 2 ** 31));
  const count = option("triples", 1_000_000);
  print(`seed ${seed}`);
  const started = performance.now();
  const report = await tryTriples({ seed, count, perPolicy: PER_POLICY, maxMs: 1000 * option("seconds", 1800) });
  const seconds = (performance.now() - started) / 1000;
  print(`${report.triples} triples, ${report.policies} policies, ${seconds.toFixed(0)} s, no difference`);
  const byOperation = new Map<string, string[]>();
  for (const [kind, times] of [...report.answers].sort(([a], [b]) => a < b ? -1 : 1)) {
    const [operation = "", answer = ""] = kind.split(" ");
    byOperation.set(operation, [...byOperation.get(operation) ?? [], `${answer}: ${times}`]);
  }
  for (const [operation, answers] of byOperation) print(`${operation}: ${answers.join(", ")}`);
  if (report.triples < count) throw new Error(`Only ${report.triples} of ${count} triples in the time there was`);
}

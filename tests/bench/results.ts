import { percentile } from "./samples.ts";

/** A measured quantity. */
export interface Quantity {
  readonly name: string;
  readonly unit: string;
}

/** Samples of all contenders, and the table made of them. */
export class Results {
  readonly #rows = new Map<string, { unit: string; samples: Map<string, number[]>; failures: Map<string, string> }>();

  /** Adds samples of a contender. */
  add({ name, unit }: Quantity, contender: string, samples: readonly number[]): void {
    this.#row(name, unit).samples.getOrInsertComputed(contender, () => []).push(...samples);
  }

  /** Notes that a contender cannot do it. */
  fail({ name, unit }: Quantity, contender: string, error: unknown): void {
    this.#row(name, unit).failures.set(contender, error instanceof Error ? error.message : String(error));
  }

  /** Markdown: medians, the 99th percentile where there are samples enough, and how many times better the first is. */
  table(contenders: readonly string[]): string {
    const head = ["measured", "unit", ...contenders, `${contenders[0]} is better by`];
    const lines = [head, head.map(() => "---")];
    const notes: string[] = [];
    for (const [name, { unit, samples, failures }] of this.#rows) {
      const medians = contenders.map((contender) => percentile(samples.get(contender) ?? [], 0.5));
      const cells = contenders.map((contender) => {
        const failure = failures.get(contender);
        if (failure === undefined) return cellOf(samples.get(contender) ?? []);
        notes.push(`${contender}, ${name}: ${failure.slice(0, 160)}`);
        return "failed";
      });
      lines.push([name, unit, ...cells, ratioOf(medians, unit)]);
    }
    const table = lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
    return notes.length === 0 ? table : `${table}\n\n${notes.join("\n")}`;
  }

  #row(name: string, unit: string) {
    return this.#rows.getOrInsertComputed(name, () => ({ unit, samples: new Map(), failures: new Map() }));
  }
}

function cellOf(samples: readonly number[]): string {
  const median = round(percentile(samples, 0.5));
  return samples.length < 30 ? median : `${median} (p99 ${round(percentile(samples, 0.99))})`;
}

/** The first against the best of the others; above 1 the first is better. */
function ratioOf([first = NaN, ...others]: readonly number[], unit: string): string {
  const known = others.filter((value) => !Number.isNaN(value));
  if (Number.isNaN(first) || known.length === 0) return "";
  const moreIsBetter = unit.includes("/");
  return `${round(moreIsBetter ? first / Math.max(...known) : Math.min(...known) / first)}×`;
}

function round(value: number): string {
  if (Number.isNaN(value)) return "";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

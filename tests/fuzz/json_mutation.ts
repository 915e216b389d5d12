/** Random decisions that a seed repeats. */
export class Choices {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** One of these. */
  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.#random() < probability;
  }
}

type Json = unknown;
type Container = Record<string, Json> | Json[];

/** Values at the borders of what decoders expect; no path outside of `root` is among them. */
export function oddValues(root: string): readonly Json[] {
  return [
    ...[null, true, false, 0, -1, 1, 0.5, 65_535, 65_536, 2 ** 31, 2 ** 53, 2 ** 64, -(2 ** 63), 1e308, -0],
    ...["", " ", "\0", "x", "é", "\u{1f600}", "\u202e", "a/b", "../x", ".", "..", "~", "$HOME", "%00", "__proto__"],
    ...["x".repeat(33), "x".repeat(5_000), "AA==", "AA=", "A===", "****", root, `file://${root}`, `file://host${root}`],
    ...[`${root}/`, `${root}//f`, `${root}/f/`, `${root}/%2e%2e/f`, `${root}/\ud800`, `${root}/${"d/".repeat(200)}`],
    ...[`${root}/${"n".repeat(300)}`, "file:", "http://127.0.0.1:1/", "http://[", "ws://x", "-32600", "NaN"],
    ...[[], {}, [null], [[]], { "": "" }, { toString: 1 }, { constructor: null }, { "__proto__": { x: 1 } }],
    ...[{ length: -1 }, Array(50).fill(0), { permissions: { type: "disabled" } }, { permissions: null }, nested(130)],
  ];
}

function nested(depth: number): Json {
  let value: Json = 0;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Changes a JSON value in place at one random spot: another value, a member less, a member more, two swapped. */
export function mutate(value: Container, choices: Choices, odd: readonly Json[]): void {
  let target = value;
  // half of the time one level deeper
  while (choices.chance(0.5)) {
    const inner = Object.values(target).filter((member) => typeof member === "object" && member !== null);
    if (inner.length === 0) break;
    target = choices.of(inner) as Container;
  }
  const keys = Object.keys(target);
  const key = keys.length === 0 ? "x" : choices.of(keys);
  const members = target as Record<string, Json>;
  switch (choices.below(5)) {
    case 0:
    case 1:
      members[key] = structuredClone(choices.of(odd));
      break;
    case 2:
      if (Array.isArray(target)) target.splice(choices.below(target.length + 1), 1);
      else delete members[key];
      break;
    case 3:
      members[choices.of(["x", "", "__proto__x", key.toUpperCase(), `${key}s`])] = structuredClone(choices.of(odd));
      break;
    case 4: {
      const other = keys.length === 0 ? "y" : choices.of(keys);
      [members[key], members[other]] = [members[other], members[key]];
    }
  }
}

/** Changes the text of a message: cut, doubled, a byte more or less, a key twice. */
export function mutateText(text: string, choices: Choices): string {
  const at = choices.below(text.length + 1);
  switch (choices.below(7)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text + text;
    case 2:
      return text.slice(0, at) + choices.of(["{", "}", "[", "]", '"', ",", ":", "\\", "\u0000", "\ufeff", "1e999"]) +
        text.slice(at);
    case 3:
      return text.replace("{", '{"id":1,');
    case 4:
      return `[${text}]`;
    case 5:
      return text.replace(/"id":\d+/, `"id":${choices.of(["1.5", "1e3", "9223372036854775808", "-0", "01", "{}"])}`);
    default:
      return `${" ".repeat(choices.below(50))}${text}\n`;
  }
}

/**
 * A compiled deny glob.
 *
 * Source: exec-server permissions, section 2.5. `*` and `?` stay within one name, a component `**` stands for any number
 * of directories, `[a-z]`, `[!a]` and `[^a]` are classes, an unclosed `[` is an ordinary character, a backslash takes the
 * meaning off the next character, and case matters. Two stars that are not a whole component are one star.
 */
export interface Glob {
  /** Whether the pattern matches an absolute, normalised path or a directory above it. Time is bounded: no regex. */
  matches(path: string): boolean;
}

/** A class of characters: pairs of lowest and highest code. */
interface CharClass {
  readonly negated: boolean;
  readonly ranges: readonly (readonly [low: number, high: number])[];
}

/** Matches one piece of a name: exactly this code, any one, any number, or one of a class. */
type Token = number | "?" | "*" | CharClass;

/** One component: `**`, a fixed name, or tokens. */
type Component = "**" | { readonly text: string } | { readonly tokens: readonly Token[] };

/** Compiles an absolute pattern once for many paths. */
export function compileGlob(pattern: string): Glob {
  const components = splitComponents(pattern).map(compileComponent);
  // below a match everything is denied, so a last `**` asks for no more than one name
  if (components.at(-1) === "**") components[components.length - 1] = { tokens: ["*"] };
  return { matches: (path) => matchComponents(components, path) };
}

/** The components of a pattern; a slash within a class or after a backslash divides as well. */
export function splitComponents(pattern: string): string[] {
  const unescaped = pattern.replaceAll(/(?<!\\)((?:\\\\)*)\\\//g, "$1/");
  return unescaped.split("/").filter((component) => component !== "");
}

/** The name a component stands for when it has no metacharacters besides backslashes; undefined otherwise. */
export function literalName(component: string): string | undefined {
  const bare = component.replaceAll(/\\([^])/g, "");
  return /[*?[]/.test(bare) ? undefined : component.replaceAll(/\\([^])/g, "$1");
}

/** A name as a component that stands for just this name. */
export function escapeName(name: string): string {
  return name.replaceAll(/[*?[\]{}\\]/g, "\\$&");
}

/**
 * Greedy match with one point to return to, the last `**`: it has taken as little as possible, so that an earlier one
 * taking more cannot help. Ends well as soon as the pattern is used up, whatever follows.
 */
function matchComponents(components: readonly Component[], path: string): boolean {
  let at = 0;
  let position = 1;
  let retryAt = -1;
  let retryPosition = 0;
  for (;;) {
    if (at === components.length) return true;
    const component = components[at] as Component;
    if (component === "**") {
      retryAt = ++at;
      retryPosition = position;
      continue;
    }
    if (position > path.length || path.length === 1) return false;
    const slash = path.indexOf("/", position);
    const end = slash === -1 ? path.length : slash;
    if (matchName(component, path, position, end)) {
      at++;
      position = end + 1;
      continue;
    }
    if (retryAt === -1) return false;
    const next = path.indexOf("/", retryPosition);
    if (next === -1) return false;
    at = retryAt;
    position = retryPosition = next + 1;
  }
}

function matchName(component: Exclude<Component, "**">, path: string, start: number, end: number): boolean {
  if ("text" in component) return end - start === component.text.length && path.startsWith(component.text, start);
  const { tokens } = component;
  let at = 0;
  let position = start;
  let star = -1;
  let starPosition = 0;
  while (position < end) {
    const code = path.codePointAt(position) as number;
    const token = tokens[at];
    if (token === "*") {
      star = ++at;
      starPosition = position;
    } else if (token !== undefined && matchesToken(token, code)) {
      at++;
      position += code > 0xffff ? 2 : 1;
    } else if (star !== -1) {
      at = star;
      starPosition += (path.codePointAt(starPosition) as number) > 0xffff ? 2 : 1;
      position = starPosition;
    } else return false;
  }
  while (tokens[at] === "*") at++;
  return at === tokens.length;
}

function matchesToken(token: number | "?" | CharClass, code: number): boolean {
  if (typeof token === "number") return token === code;
  if (token === "?") return true;
  for (const [low, high] of token.ranges) if (low <= code && code <= high) return !token.negated;
  return token.negated;
}

function compileComponent(component: string): Component {
  if (component === "**") return "**";
  const text = literalName(component);
  if (text !== undefined) return { text };
  const tokens: Token[] = [];
  const codes = Array.from(component, (character) => character.codePointAt(0) as number);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    const character = String.fromCodePoint(code);
    if (character === "*") tokens[tokens.length - 1] === "*" || tokens.push("*");
    else if (character === "?") tokens.push("?");
    else if (character === "\\" && i + 1 < codes.length) tokens.push(codes[++i] as number);
    else if (character === "[") {
      const found = readClass(codes, i);
      tokens.push(found?.charClass ?? code);
      i = found?.last ?? i;
    } else tokens.push(code);
  }
  return { tokens };
}

/** Reads the class that starts at `[`; undefined when it is never closed. */
function readClass(codes: readonly number[], start: number): { charClass: CharClass; last: number } | undefined {
  const is = (i: number, character: string) => codes[i] === character.charCodeAt(0);
  const negated = is(start + 1, "!") || is(start + 1, "^");
  const first = start + (negated ? 2 : 1);
  const ranges: [number, number][] = [];
  let i = first;
  const take = (): number => {
    if (is(i, "\\") && i + 1 < codes.length) i++;
    return codes[i++] as number;
  };
  // a bracket that closes nothing yet is a member
  while (i < codes.length && (i === first || !is(i, "]"))) {
    const low = take();
    if (!is(i, "-") || i + 1 >= codes.length || is(i + 1, "]")) {
      ranges.push([low, low]);
      continue;
    }
    i++;
    const high = take();
    ranges.push([Math.min(low, high), Math.max(low, high)]);
  }
  return i < codes.length ? { charClass: { negated, ranges }, last: i } : undefined;
}

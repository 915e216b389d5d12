/** One entry of a profile with a concrete path; several may name the same path. */
export interface ModelEntry {
  readonly path: string;
  readonly access: "read" | "write" | "deny";
}

/** What a profile says, before anything is resolved. */
export interface ModelPolicy {
  readonly entries: readonly ModelEntry[];
  readonly denyGlobs: readonly string[];
  /** Whether every write entry protects `.git`, `.agents`, `.codex` and `.aws` directly below it. */
  readonly protectsMetadata: boolean;
}

const PROTECTED = [".git", ".agents", ".codex", ".aws"];

/**
 * What a policy grants, worked out sentence by sentence from exec-server permissions, section 2.2, with lists of names
 * and regular expressions only. Slow on purpose: it shares nothing with the code it is compared to.
 */
export function modelAccess(policy: ModelPolicy, path: string): "none" | "read" | "write" {
  const asked = names(path);
  // "any match denies", and what lies below a denied directory is denied with it
  const selfAndAbove = asked.map((_, i) => `/${asked.slice(0, i + 1).join("/")}`).concat("/");
  if (policy.denyGlobs.some((glob) => selfAndAbove.some((candidate) => globRegex(glob).test(candidate)))) return "none";

  // "collect all entries whose resolved path is the path or an ancestor (component-wise)"
  const matching = policy.entries.filter((entry) => startsWith(asked, names(entry.path)));
  if (matching.length === 0) return "none";
  // "take the deepest; among equally deep ones deny > write > read"
  const depth = Math.max(...matching.map((entry) => names(entry.path).length));
  const deepest = matching.filter((entry) => names(entry.path).length === depth).map((entry) => entry.access);
  if (deepest.includes("deny")) return "none";
  if (!deepest.includes("write")) return "read";
  return policy.protectsMetadata && isProtected(policy.entries, asked) ? "read" : "write";
}

/**
 * "A path below R/<protected name> where R is any write entry is not writable unless some write entry lies at or below
 * that protected path and contains the path."
 */
function isProtected(entries: readonly ModelEntry[], asked: readonly string[]): boolean {
  const writes = entries.filter((entry) => entry.access === "write").map((entry) => names(entry.path));
  for (const root of writes) {
    for (const name of PROTECTED) {
      const reserved = [...root, name];
      if (!startsWith(asked, reserved)) continue;
      if (!writes.some((write) => startsWith(write, reserved) && startsWith(asked, write))) return true;
    }
  }
  return false;
}

function names(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

function startsWith(list: readonly string[], start: readonly string[]): boolean {
  return start.every((name, i) => list[i] === name);
}

/** A slash with a name after it. */
const SLASH = "/(?=[^/])";
const regexes = new Map<string, RegExp>();

/** A deny glob as a regular expression over whole paths; patterns of section 2.5 only. */
export function globRegex(glob: string): RegExp {
  let regex = regexes.get(glob);
  if (regex === undefined) {
    // slash, one of `**` as a name, stars, `?`, a class that is closed, an escape, anything else
    const piece = /\/|(?<=\/)(\*\*)(?=\/|$)|\*+|\?|\[([!^]?)(\\[^/]|[^/\\])((?:\\[^/]|[^\]/\\])*)\]|\\([^])|[^]/gu;
    // a slash divides whatever stands before it, and one at the end means nothing
    const divided = glob.replaceAll(/\\[^]/g, (pair) => pair === "\\/" ? "/" : pair);
    const source = divided.replaceAll(/\/+/g, "/").replace(/(?<=.)\/$/, "").replaceAll(
      piece,
      (text, anyDepth, negation, first, others, escaped) => {
        if (text === "/") return SLASH;
        if (anyDepth !== undefined) return "%ANY%";
        if (text.startsWith("*")) return "[^/]*";
        if (text === "?") return "[^/]";
        if (text.startsWith("[") && text.length > 1) {
          return `(?!/)[${negation ? "^" : ""}${member(first)}${member(others)}]`;
        }
        return quote(escaped ?? text);
      },
    );
    const whole = source.replaceAll(`%ANY%${SLASH}`, "(?:[^/]+/)*(?=[^/])").replace("%ANY%", "[^/]+");
    regex = new RegExp(source === SLASH ? "^/$" : `^${whole}$`, "su");
    regexes.set(glob, regex);
  }
  return regex;
}

function member(text: string): string {
  return text.replaceAll(/\\([^])|[^]/gu, (all, escaped) => {
    const character = escaped ?? all;
    const special = "[]^\\".includes(character) || (character === "-" && escaped !== undefined);
    return special ? `\\${character}` : character;
  });
}

function quote(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

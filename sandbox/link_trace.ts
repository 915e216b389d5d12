import { normalizePath } from "../protocol/path_uri.ts";
import type { HostFacts } from "./host_facts.ts";

const MAX_LINKS = 40;

/** Where a path leads on the disk. */
export interface LinkTrace {
  /** The path with all links resolved, as far as it exists; the rest is added as it stands. */
  readonly real: string;
  /** Whether all of it exists. */
  readonly exists: boolean;
  /** Real locations of the links on the way, in order. */
  readonly links: readonly string[];
  /** The path as it reads after each link but the last, itself first; without links there are none. */
  readonly spellings: readonly string[];
}

/** Follows a path component by component, keeping every link it came through. */
export function traceLinks(path: string, host: Pick<HostFacts, "lstat" | "readLink">): LinkTrace {
  const links: string[] = [];
  const spellings: string[] = [];
  const rest = names(path).reverse();
  let real = "";
  while (rest.length > 0) {
    const name = rest.pop() as string;
    if (name === "..") {
      real = real.slice(0, Math.max(real.lastIndexOf("/"), 0));
      continue;
    }
    const at = `${real}/${name}`;
    const facts = host.lstat(at);
    if (facts === undefined) return { real: join(at, rest), exists: false, links, spellings };
    if (facts.kind !== "link") {
      real = at;
      continue;
    }
    const text = links.length < MAX_LINKS ? host.readLink(at) : undefined;
    if (text === undefined || text === "") return { real: join(at, rest), exists: false, links, spellings };
    spellings.push(join(at, rest));
    links.push(at);
    rest.push(...names(text).reverse());
    if (text.startsWith("/")) real = "";
  }
  return { real: real === "" ? "/" : real, exists: true, links, spellings };
}

function names(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function join(at: string, rest: readonly string[]): string {
  return normalizePath([at, ...rest.toReversed()].join("/"));
}

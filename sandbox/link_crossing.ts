import { internalError, type RpcError } from "../protocol/errors.ts";
import type { LinkTrace } from "./link_trace.ts";
import { isAtOrBelow } from "./policy.ts";

/**
 * The first link on the way that lies inside a writable root: whoever the policy holds could exchange it, and so decide
 * what the rest of the path stands for.
 *
 * Source: exec-server permissions, section 2.3.
 */
export function crossedLink({ links }: LinkTrace, writableRoots: readonly string[]): string | undefined {
  return links.find((link) => writableRoots.some((root) => link !== root && isAtOrBelow(link, root)));
}

/** The refusal of a policy whose path depends on such a link; the words after the first ones are the original's. */
export function crossesLink(kind: "deny-read" | "read-only" | "write", path: string, link: string): RpcError {
  return internalError(`cannot enforce sandbox ${kind} path ${path} because it crosses writable symlink ${link}`);
}

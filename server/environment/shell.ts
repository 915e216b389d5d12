import { basename } from "@std/path";
import type { Account } from "./account.ts";

/** A shell clients may run commands with. */
export interface Shell {
  /** `bash`, `zsh` or `sh`. */
  readonly name: string;
  /** Native path. */
  readonly path: string;
}

const KNOWN = new Set(["bash", "zsh", "sh"]);
const FALLBACKS = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/bin/sh"];

/**
 * The login shell of the account if it is one clients know, else a bash found on the machine.
 *
 * Source: exec-server protocol, section 11.1 (not `$SHELL`).
 */
export function findShell(account: Account | undefined): Shell {
  const candidates = [...(account === undefined ? [] : [account.shell]), ...FALLBACKS];
  for (const path of candidates) {
    const name = basename(path);
    if (KNOWN.has(name) && isProgram(path)) return { name, path };
  }
  return { name: "sh", path: "/bin/sh" };
}

function isProgram(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0o111) & 0o111) !== 0;
  } catch {
    return false;
  }
}

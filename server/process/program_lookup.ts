import { join } from "@std/path";
import { TEXTS } from "../../protocol/mod.ts";
import { errnoText } from "../../sandbox/posix/errno.ts";
import { SpawnError } from "./spawner.ts";

const DEFAULT_PATH = "/usr/local/bin:/bin:/usr/bin";
const ENOENT = 2, EACCES = 13;

/**
 * Finds a program as execvp(3) does: a name with a slash as it is, a bare name in the PATH of the child's environment,
 * or in the default path when it has none.
 *
 * Source: exec-server protocol, sections 7.2 and 7.3.
 *
 * @throws {SpawnError} with the text for the wire
 */
export function findProgram(name: string, env: ReadonlyMap<string, string>, cwd: string, tty: boolean): string {
  checkName(name, tty);
  if (name.includes("/")) return name;
  const path = env.get("PATH") ?? DEFAULT_PATH;
  let refused = false;
  for (const candidate of candidatePaths(name, env, cwd)) {
    try {
      const { isFile, mode } = Deno.statSync(candidate);
      if (isFile && (mode === null || (mode & 0o111) !== 0)) return candidate;
      refused = true;
    } catch {
      // not there, or not to be looked at: the next directory may have it
    }
  }
  if (tty) throw new SpawnError(TEXTS.noPtyCandidate(name, path));
  throw new SpawnError(errnoText(refused ? EACCES : ENOENT));
}

/** The paths execvp(3) tries for a name, in order. */
export function candidatePaths(name: string, env: ReadonlyMap<string, string>, cwd: string): string[] {
  if (name.includes("/")) return [name];
  const path = env.get("PATH") ?? DEFAULT_PATH;
  return path.split(":").map((directory) =>
    directory.startsWith("/") ? join(directory, name) : join(cwd, directory, name)
  );
}

/** Refuses what cannot be the name of a program. @throws {SpawnError} with the text for the wire */
export function checkName(name: string, tty: boolean): void {
  if (name === "") throw new SpawnError(tty ? TEXTS.missingPtyProgram : TEXTS.missingProgram);
  if (name.includes("\0")) throw new SpawnError(TEXTS.nulByte);
}

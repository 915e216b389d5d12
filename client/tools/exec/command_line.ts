import type { SelectedEnvironment } from "../selected_environments.ts";

const FALLBACK = "/bin/sh";
const FOLDERS = ["/usr/bin", "/bin", "/usr/local/bin"];

/**
 * The program and arguments of a command: `SHELL -lc CMD`, or `-c` without a login (environments, section 7.1).
 *
 * @param shell a name or path; one that does not exist falls back to sh; the environment's own when absent
 */
export async function commandLine(
  selected: SelectedEnvironment,
  command: string,
  { shell, login }: { readonly shell: string | undefined; readonly login: boolean },
): Promise<string[]> {
  return [await shellPath(selected, shell), login ? "-lc" : "-c", command];
}

async function shellPath(selected: SelectedEnvironment, wanted: string | undefined): Promise<string> {
  const own = await ownShell(selected);
  if (wanted === undefined) return own;
  const name = wanted.slice(wanted.lastIndexOf("/") + 1);
  if (wanted === own || wanted === own.slice(own.lastIndexOf("/") + 1)) return own;
  const candidates = wanted.startsWith("/") ? [wanted] : FOLDERS.map((folder) => `${folder}/${name}`);
  return await firstFile(selected, candidates) ?? FALLBACK;
}

/** The shell the executor names; executors of 0.130 name none. */
async function ownShell(selected: SelectedEnvironment): Promise<string> {
  try {
    return (await selected.environment.info()).shell.path;
  } catch {
    return await firstFile(selected, ["/bin/bash"]) ?? FALLBACK;
  }
}

async function firstFile({ environment }: SelectedEnvironment, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    try {
      if ((await environment.filesystem.getMetadata(path)).isFile) return path;
    } catch {
      // not that one
    }
  }
  return undefined;
}

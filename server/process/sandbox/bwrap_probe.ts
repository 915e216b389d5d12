import { join } from "@std/path";

/** A bubblewrap that works on this machine, or why there is none. */
export type BwrapProbe =
  | { readonly works: true; readonly paths: readonly string[]; readonly version: string }
  | { readonly works: false; readonly reason: string };

/** Where to look for it. */
export interface BwrapSearch {
  /** The only one to consider, when it is given; `--bwrap`. */
  readonly path?: string | undefined;
  /** `PATH` of the server. */
  readonly searchPath: string;
}

/** Everything a sandbox takes, so that what the kernel or a container refuses shows up at once. */
const TRIAL = [
  ...["--as-pid-1", "--new-session", "--die-with-parent", "--unshare-user", "--unshare-pid", "--unshare-ipc"],
  ...["--unshare-net", "--ro-bind", "/", "/", "--dev", "/dev", "--perms", "000", "--tmpfs", "/tmp"],
  ...["--proc", "/proc", "--remount-ro", "/tmp", "--cap-drop", "ALL", "--clearenv", "--"],
];
const INSTALL = "install the package bubblewrap, or name one by --bwrap";
const NO_NAMESPACES = "allow unprivileged user namespaces " +
  "(Docker: --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined)";

/**
 * Looks for bubblewrap and lets it build a sandbox once.
 *
 * Source: exec-server permissions, sections 3.3 and 3.7.
 */
export async function probeBwrap(search: BwrapSearch): Promise<BwrapProbe> {
  if (Deno.build.os !== "linux") return { works: false, reason: "bubblewrap needs Linux" };
  const paths = candidates(search);
  const [path] = paths;
  if (path === undefined) {
    const where = search.path === undefined ? "no bwrap on PATH" : `no program at ${search.path}`;
    return { works: false, reason: `${where}: ${INSTALL}` };
  }
  try {
    if (!await knowsBindFd(path)) {
      const reason = `${path} has no --bind-fd, which came with the fix of CVE-2024-42472: update it`;
      return { works: false, reason };
    }
    const { success, stdout, stderr } = await new Deno.Command(path, {
      args: [...TRIAL, path, "--version"],
      clearEnv: true,
      stdin: "null",
    }).output();
    if (success) {
      const version = new TextDecoder().decode(stdout).trim().replace(/^bubblewrap /, "");
      return { works: true, paths, version };
    }
    const [line] = new TextDecoder().decode(stderr).trim().split("\n");
    return { works: false, reason: `bwrap cannot build a sandbox here (${line}): ${NO_NAMESPACES}` };
  } catch (error) {
    return { works: false, reason: `bwrap does not start (${(error as Error).message}): ${INSTALL}` };
  }
}

/** Without it, what is bound inside a writable place could be exchanged for a link meanwhile. */
async function knowsBindFd(path: string): Promise<boolean> {
  const command = new Deno.Command(path, { args: ["--help"], clearEnv: true, stdin: "null" });
  const { stdout, stderr } = await command.output();
  return [stdout, stderr].some((bytes) => new TextDecoder().decode(bytes).includes("--ro-bind-fd"));
}

/** Real paths of all programs of that name, in the order of PATH. */
function candidates({ path, searchPath }: BwrapSearch): string[] {
  const named = path === undefined
    ? searchPath.split(":").filter((directory) => directory.startsWith("/")).map((directory) =>
      join(directory, "bwrap")
    )
    : [path];
  const found = named.flatMap((candidate) => {
    try {
      const { isFile, mode } = Deno.statSync(candidate);
      return isFile && ((mode ?? 0) & 0o111) !== 0 ? [Deno.realPathSync(candidate)] : [];
    } catch {
      return [];
    }
  });
  return [...new Set(found)];
}

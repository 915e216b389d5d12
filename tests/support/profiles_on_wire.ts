import type { SandboxContext } from "../../protocol/mod.ts";

/** Lines of a profile: `r`, `w` or `d` with a path, a glob (`d *.env`), or a special path (`r :root`, `r :minimal`). */
export type ProfileLine = `${"r" | "w" | "d"} ${string}`;

const ACCESS = { r: "read", w: "write", d: "deny" } as const;

/** A sandbox context in the form clients of 0.169 send. @param cwd also the only workspace root */
export function sandboxOf(
  lines: readonly ProfileLine[],
  cwd: string,
  network: "restricted" | "enabled" = "restricted",
): SandboxContext {
  const entries = lines.map((line) => {
    const text = line.slice(2);
    const path = text.startsWith(":")
      ? { type: "special", value: { kind: text.slice(1) } }
      : /[*?[]/.test(text)
      ? { type: "glob_pattern", pattern: text }
      : { type: "path", path: text };
    return { path, access: ACCESS[line[0] as "r" | "w" | "d"] };
  });
  return contextOf({ type: "managed", file_system: { type: "restricted", entries }, network }, cwd);
}

/** A sandbox context of any profile. */
export function contextOf(permissions: Record<string, unknown>, cwd: string): SandboxContext {
  return { permissions, cwd, workspaceRoots: [cwd], windowsSandboxLevel: "disabled" };
}

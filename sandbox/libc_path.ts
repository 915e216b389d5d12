/**
 * Absolute path of the C library this process runs with, for a grant of exactly that file.
 *
 * @returns undefined where there is none to use: not Linux, or Deno is linked differently
 */
export function findLibc(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const maps = Deno.readTextFileSync("/proc/self/maps");
    const path = /\s(\/\S*\/libc(?:-[\d.]+)?\.so(?:\.6)?)$/m.exec(maps)?.[1];
    // a comma would grant something else: `--allow-ffi` has no way to write one
    return path?.includes(",") ? undefined : path;
  } catch {
    return undefined;
  }
}

import { normalizePath } from "../../protocol/mod.ts";
import { ToolError } from "./tool_error.ts";

/** A path of a call as an absolute one. @param cwd what relative ones start from @throws {ToolError} for one that cannot exist */
export function resolveToolPath(cwd: string, path: string): string {
  if (path.includes("\0")) throw new ToolError(`'${path}' is invalid on 'linux'`);
  return normalizePath(joinPath(cwd, path));
}

/** A path below another, which may be relative too. */
export function joinPath(base: string, path: string): string {
  return path.startsWith("/") ? path : `${base}/${path}`;
}

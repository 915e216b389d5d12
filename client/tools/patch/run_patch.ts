import { ErrorCode, RpcError } from "../../../protocol/mod.ts";
import { applyHunks } from "./apply_hunks.ts";
import { decodeUtf8 } from "./decode_utf8.ts";
import { type FileChange, PatchError } from "./patch.ts";
import type { PatchTarget, ResolvedChange } from "./patch_target.ts";

/** Looks whether a patch fits the files, and changes nothing. @throws {PatchError} with Codex' text */
export async function checkPatch(changes: readonly ResolvedChange[], target: PatchTarget): Promise<void> {
  for (const { change, path } of changes) {
    if (change.type === "delete") await readText(target, path, `Failed to read ${path}`);
    else if (change.type === "update") await updatedText(change, path, target);
  }
}

/**
 * Changes the files in the order of the patch and stops at the first failure; what was changed before stays changed.
 *
 * @returns the lines `A path`, `M path` and `D path`
 * @throws {PatchError} with Codex' text
 */
export async function runPatch(changes: readonly ResolvedChange[], target: PatchTarget): Promise<string[]> {
  const done: string[] = [];
  for (const resolved of changes) done.push(await runChange(resolved, target));
  return ["A", "M", "D"].flatMap((kind) => done.filter((line) => line.startsWith(kind)));
}

async function runChange({ change, path, moveTo }: ResolvedChange, target: PatchTarget): Promise<string> {
  const { filesystem, sandbox } = target;
  switch (change.type) {
    case "add":
      await writeText(target, path, change.content);
      return `A ${change.path}`;
    case "delete":
      await attempt(
        `Failed to delete file ${path}`,
        () => filesystem.remove(path, { recursive: false, force: false, sandbox }),
      );
      return `D ${change.path}`;
    case "update": {
      const text = await updatedText(change, path, target);
      await writeText(target, moveTo ?? path, text);
      if (moveTo !== undefined && !await isSameFile(path, moveTo, text, target)) {
        await attempt(
          `Failed to remove original ${path}`,
          () => filesystem.remove(path, { recursive: false, force: false, sandbox }),
        );
      }
      return `M ${change.moveTo ?? change.path}`;
    }
  }
}

async function updatedText(
  change: FileChange & { type: "update" },
  path: string,
  target: PatchTarget,
): Promise<string> {
  return applyHunks(await readText(target, path, `Failed to read file to update ${path}`), change.hunks, path);
}

async function readText({ filesystem, sandbox }: PatchTarget, path: string, action: string): Promise<string> {
  try {
    return decodeUtf8(await filesystem.readFile(path, { sandbox }));
  } catch (error) {
    throw new PatchError(`${action}: ${(error as Error).message}`);
  }
}

/** Writes a file, and makes its folder when that is missing. */
async function writeText({ filesystem, sandbox }: PatchTarget, path: string, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  await attempt(`Failed to write file ${path}`, async () => {
    try {
      await filesystem.writeFile(path, bytes, { sandbox });
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== ErrorCode.NotFound) throw error;
      await filesystem.createDirectory(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true, sandbox });
      await filesystem.writeFile(path, bytes, { sandbox });
    }
  });
}

/** Whether two names lead to one file, so that removing the old one would lose it. @param written the new one's text */
async function isSameFile(path: string, other: string, written: string, target: PatchTarget): Promise<boolean> {
  const { filesystem, sandbox } = target;
  if (path === other) return true;
  const old = await filesystem.getMetadata(path, { sandbox });
  if (old.isSymlink) return false; // the link goes, the file it leads to stays
  try {
    return await filesystem.canonicalize(path, { sandbox }) === await filesystem.canonicalize(other, { sandbox });
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== ErrorCode.MethodNotFound) throw error;
    // executors of 0.130 do not know the method; there what was just written shows under the old name too
    const now = decodeUtf8(await filesystem.readFile(path, { sandbox }));
    return now === written && old.modifiedAtMs === (await filesystem.getMetadata(other, { sandbox })).modifiedAtMs;
  }
}

async function attempt(failure: string, operation: () => Promise<void>): Promise<void> {
  try {
    await operation();
  } catch (error) {
    throw new PatchError(failure, { cause: error });
  }
}

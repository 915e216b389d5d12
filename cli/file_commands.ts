import { basename, join, resolve } from "@std/path";
import { type Environment, metadataIfThere, pipeline } from "../client/mod.ts";
import { type FileMetadata, LIMITS, type SandboxContext } from "../protocol/mod.ts";
import { inDirectory, writeWhole } from "./local_file.ts";
import { Progress } from "./progress.ts";
import { printLine, writeOutput } from "./standard_output.ts";
import { download, upload } from "./transfer.ts";

/** The files of an environment as a command sees them. */
export interface FilePlace {
  /** Where they are. */
  readonly environment: Environment;
  /** Absolute directory that relative paths are meant from. */
  readonly cwd: string;
  /** Permission profile to use them under. */
  readonly sandbox?: SandboxContext | undefined;
}

/** Lists a directory: names sorted, directories with a slash; or also kind, size and time of change. */
export async function listFiles({ environment, cwd, sandbox }: FilePlace, path: string, long: boolean): Promise<void> {
  const { filesystem } = environment;
  const directory = resolve(cwd, path);
  const entries = await filesystem.readDirectory(directory, { sandbox });
  entries.sort((a, b) => a.fileName < b.fileName ? -1 : 1);
  if (!long) {
    for (const { fileName, isDirectory } of entries) await printLine(shown(fileName) + (isDirectory ? "/" : ""));
    return;
  }
  const described = pipeline(entries, LIMITS.maxPipelinedCalls, async ({ fileName }) => ({
    fileName,
    metadata: await metadataIfThere(filesystem, join(directory, fileName), { sandbox }),
  }));
  for await (const { fileName, metadata } of described) {
    if (metadata === undefined) continue; // removed meanwhile
    const size = Number.isFinite(metadata.size) ? String(metadata.size) : "?";
    const columns = [kindOf(metadata).padEnd(9), size.padStart(12), timeOf(metadata.modifiedAtMs).padEnd(24)];
    await printLine(`${columns.join("  ")}  ${shown(fileName)}`);
  }
}

/** Prints files, byte for byte. */
export async function printFiles(place: FilePlace, paths: readonly string[]): Promise<void> {
  const { environment, cwd, sandbox } = place;
  for (const path of paths) {
    const blocks = download(environment.filesystem, resolve(cwd, path), { sandbox, progress: () => {} });
    for await (const block of blocks) await writeOutput(Deno.stdout, block);
  }
}

/** Copies a file of this machine, or standard input (`-`), to the environment. */
export async function putFile(place: FilePlace, local: string, remote: string): Promise<void> {
  const { environment: { filesystem }, sandbox } = place;
  let destination = resolve(place.cwd, remote);
  if (local === "-") {
    using progress = new Progress("standard input");
    return await upload(filesystem, destination, Deno.stdin.readable, {
      sandbox,
      progress: (bytes) => progress.add(bytes),
    });
  }
  using file = await Deno.open(local);
  const { size, isDirectory } = await file.stat();
  if (isDirectory) throw new Error(`${local} is a directory`);
  const found = await metadataIfThere(filesystem, destination, { sandbox });
  if (remote.endsWith("/") || found?.isDirectory) destination = join(destination, basename(local));
  using progress = new Progress(basename(local), size);
  await upload(filesystem, destination, file.readable, { sandbox, progress: (bytes) => progress.add(bytes) });
}

/** Copies a file of the environment to this machine, or to standard output (`-`). */
export async function getFile(place: FilePlace, remote: string, local: string): Promise<void> {
  const { environment: { filesystem }, sandbox } = place;
  if (local === "-") return await printFiles(place, [remote]);
  const path = resolve(place.cwd, remote);
  const { size } = await filesystem.getMetadata(path, { sandbox });
  using progress = new Progress(basename(path), size);
  const blocks = download(filesystem, path, { sandbox, progress: (bytes) => progress.add(bytes) });
  await writeWhole(await inDirectory(local, basename(path)), blocks);
}

/** Prints what a path is. */
export async function describeFile(place: FilePlace, path: string, json: boolean): Promise<void> {
  const { environment: { filesystem }, cwd, sandbox } = place;
  const full = resolve(cwd, path);
  const metadata = await filesystem.getMetadata(full, { sandbox });
  if (json) return await printLine(JSON.stringify({ path: full, ...metadata }));
  await printLine(`path      ${shown(full)}`);
  await printLine(
    `kind      ${kindOf(metadata)}${metadata.isSymlink && kindOf(metadata) !== "link" ? ", by a link" : ""}`,
  );
  await printLine(`size      ${Number.isFinite(metadata.size) ? metadata.size : "unknown"}`);
  await printLine(`created   ${timeOf(metadata.createdAtMs)}`);
  await printLine(`modified  ${timeOf(metadata.modifiedAtMs)}`);
}

function kindOf({ isDirectory, isFile, isSymlink }: FileMetadata): string {
  if (isDirectory) return "directory";
  if (isFile) return "file";
  return isSymlink ? "link" : "other";
}

function timeOf(ms: number): string {
  return ms === 0 ? "unknown" : new Date(ms).toISOString();
}

/** A name as a terminal can show it without being told anything by it; programs get it as it is. */
function shown(name: string): string {
  return Deno.stdout.isTerminal() ? name.replace(/\p{Cc}/gu, "?") : name;
}

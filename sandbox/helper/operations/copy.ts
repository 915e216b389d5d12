import { invalidRequest } from "../../../protocol/errors.ts";
import { TEXTS } from "../../../protocol/texts.ts";
import { Errno } from "../../posix/errno.ts";
import { OsError } from "../../posix/os_error.ts";
import { openToRead, openToWrite, requirePresent } from "../files.ts";
import type { OpenFile } from "../disk.ts";
import { joinPath } from "../guard.ts";
import { type Listed, listPlace } from "../listing.ts";
import type { OperationContext, Parameters, Steps } from "../operation.ts";
import { checkedPath } from "../walker.ts";
import { makeDirectories } from "./create_directory.ts";

/** Copies a regular file with its permission bits, a link as a link, or a tree into a directory that may exist. */
export function* copy({ path, destination = "", recursive }: Parameters, context: OperationContext): Steps {
  const { walker, guard } = context;
  let from: string;
  {
    using place = walker.resolve(path, "parents");
    const { facts } = requirePresent(place);
    guard.checkRead(place);
    if (facts.kind === "link" || facts.kind === "file") {
      // a destination that ends in a slash has to be a directory, if it is anything
      walker.resolve(destination, facts.kind === "link" ? "parents" : "all")[Symbol.dispose]();
      yield* copyLeaf(place.path, checkedPath(destination), facts.kind, context);
      return {};
    }
    if (facts.kind !== "directory") throw invalidRequest(TEXTS.copyUnsupported);
    from = place.path;
  }
  if (recursive !== true) throw invalidRequest(TEXTS.copyNeedsRecursive);
  const to = realDestination(destination, context);
  if (to === from || from === "/" || to.startsWith(`${from}/`)) throw invalidRequest(TEXTS.copyIntoItself);
  yield* copyTree(from, to, context);
  return {};
}

function realDestination(path: string, { walker }: OperationContext): string {
  using place = walker.resolve(path, "all");
  return place.rest.reduce((directory, name) => joinPath(directory, name), place.path);
}

function* copyTree(source: string, destination: string, context: OperationContext): Generator<void, void, void> {
  const pending: [source: string, destination: string][] = [[source, destination]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [from, to] = next;
    const entries = list(from, context);
    makeDirectories(context, () => context.walker.resolveReal(to, "all"), true, true);
    for (const { name, kind } of entries) {
      if (kind !== "file" && kind !== "link") continue;
      yield* copyLeaf(joinPath(from, name), joinPath(to, name), kind, context);
      yield;
    }
    for (const { name, kind } of entries) {
      if (kind === "directory") pending.push([joinPath(from, name), joinPath(to, name)]);
    }
    yield;
  }
}

function list(path: string, { walker, guard }: OperationContext): Listed[] {
  using place = walker.resolveReal(path, "parents");
  guard.checkRead(place);
  return listPlace(walker, guard, place);
}

function* copyLeaf(source: string, destination: string, kind: "file" | "link", context: OperationContext) {
  if (kind === "link") copyLink(source, destination, context);
  else yield* copyFile(source, destination, context);
}

function copyLink(source: string, destination: string, { walker, guard }: OperationContext): void {
  using from = walker.resolveReal(source, "parents");
  guard.checkRead(from);
  const text = walker.disk.readLink(from.directory, from.name);
  if (text === undefined) throw new OsError(Errno.EINVAL);
  using to = walker.resolveReal(destination, "parents");
  if (to.rest.length > 0) throw new OsError(Errno.ENOENT);
  if (to.facts === undefined) guard.checkCreate(to);
  else guard.checkWrite(to);
  walker.disk.makeLink(to.directory, to.name, text);
}

function* copyFile(source: string, destination: string, context: OperationContext): Generator<void, void, void> {
  const from = openSource(source, context);
  try {
    // writable for its owner until the content is there
    const locate = () => context.walker.resolveReal(destination, "all");
    const to = openToWrite(context, locate, from.facts.mode | 0o200);
    try {
      yield* copyContent(from, to, context);
    } finally {
      to.close();
    }
  } finally {
    from.close();
  }
}

function openSource(path: string, context: OperationContext): OpenFile {
  const locate = () => context.walker.resolveReal(path, "parents");
  return openToRead(context, locate, invalidRequest(TEXTS.copyUnsupported));
}

function* copyContent(from: OpenFile, to: OpenFile, { block }: OperationContext): Generator<void, void, void> {
  if (from.facts.identity === to.facts.identity) return;
  if (to.facts.size > 0) to.truncate(0);
  let whole = false;
  try {
    for (let offset = 0;;) {
      const count = from.read(block, offset);
      if (count === 0) break;
      to.write(block.subarray(0, count), offset);
      offset += count;
      if (count === block.length) yield;
    }
    if (to.facts.mode !== from.facts.mode) to.chmod(from.facts.mode);
    whole = true;
  } finally {
    // nothing half is left of a copy that failed or that nobody waits for any more
    if (!whole) to.truncate(0);
  }
}

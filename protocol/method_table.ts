import type { z } from "zod";
import { emptyResultSchema, noParamsSchema } from "./schemas/common.ts";
import * as environment from "./schemas/environment.ts";
import * as filesystem from "./schemas/filesystem.ts";
import * as http from "./schemas/http.ts";
import * as process from "./schemas/process.ts";
import * as session from "./schemas/session.ts";

/** What a method is about; the name stands in the handshake errors. "handshake" methods are free of that check. */
export type MethodFamily = "handshake" | "exec" | "filesystem" | "http" | "environment info";

interface TableEntry<P extends z.ZodType, R extends z.ZodType> {
  readonly family: MethodFamily;
  readonly doc: string;
  readonly params: P;
  readonly result: R;
  readonly addition: boolean;
}

function method<P extends z.ZodType, R extends z.ZodType>(
  family: MethodFamily,
  doc: string,
  params: P,
  result: R,
): TableEntry<P, R> {
  return { family, doc, params, result, addition: false };
}

function addition<P extends z.ZodType, R extends z.ZodType>(
  family: MethodFamily,
  doc: string,
  params: P,
  result: R,
): TableEntry<P, R> {
  return { family, doc, params, result, addition: true };
}

/** The methods of `METHODS` with their schemas; public names have no inferred types. */
export const METHOD_TABLE = {
  "initialize": method(
    "handshake",
    "Opens a session or resumes a detached one.",
    session.initializeParams,
    session.initializeResult,
  ),
  "environment/info": method(
    "environment info",
    "Where the executor runs and what it can do.",
    noParamsSchema,
    session.environmentInfoSchema,
  ),
  "environment/status": method(
    "environment info",
    "Whether the executor is ready.",
    noParamsSchema,
    environment.statusResult,
  ),
  "environmentConfig/read": method(
    "environment info",
    "Configuration layers found on the executor.",
    environment.configReadParams,
    environment.configReadResult,
  ),
  "process/start": method("exec", "Starts a program.", process.startParams, process.startResult),
  "process/read": method("exec", "Reads retained output, waiting for news.", process.readParams, process.readResult),
  "process/write": method("exec", "Writes to stdin or the terminal.", process.writeParams, process.writeResult),
  "process/closeStdin": addition(
    "exec",
    "Closes stdin after what was written before.",
    process.processIdParams,
    process.writeResult,
  ),
  "process/signal": method("exec", "Signals the process group.", process.signalParams, emptyResultSchema),
  "process/terminate": method(
    "exec",
    "Kills the process group at once.",
    process.processIdParams,
    process.terminateResult,
  ),
  "process/resize": addition("exec", "Changes the size of the terminal.", process.resizeParams, emptyResultSchema),
  "process/list": addition("exec", "The session's remembered processes.", noParamsSchema, process.listResult),
  "fs/readFile": method(
    "filesystem",
    "Reads a whole file.",
    filesystem.readFileParams,
    filesystem.readFileResult,
  ),
  "fs/writeFile": method("filesystem", "Creates or replaces a file.", filesystem.writeFileParams, emptyResultSchema),
  "fs/createDirectory": method(
    "filesystem",
    "Makes a directory.",
    filesystem.createDirectoryParams,
    emptyResultSchema,
  ),
  "fs/getMetadata": method(
    "filesystem",
    "Kind, size and times of a path.",
    filesystem.getMetadataParams,
    filesystem.metadataResult,
  ),
  "fs/readDirectory": method(
    "filesystem",
    "Names in a directory.",
    filesystem.readDirectoryParams,
    filesystem.readDirectoryResult,
  ),
  "fs/remove": method("filesystem", "Removes a file or a tree.", filesystem.removeParams, emptyResultSchema),
  "fs/copy": method("filesystem", "Copies a file, a link or a tree.", filesystem.copyParams, emptyResultSchema),
  "fs/canonicalize": method(
    "filesystem",
    "The real path, links resolved.",
    filesystem.canonicalizeParams,
    filesystem.canonicalizeResult,
  ),
  "fs/walk": method("filesystem", "Lists a tree.", filesystem.walkParams, filesystem.walkResult),
  "fs/open": method("filesystem", "Opens a file for block access.", filesystem.openParams, filesystem.openResult),
  "fs/readBlock": method(
    "filesystem",
    "Reads at an offset.",
    filesystem.readBlockParams,
    filesystem.readBlockResult,
  ),
  "fs/writeBlock": method("filesystem", "Writes at an offset.", filesystem.writeBlockParams, emptyResultSchema),
  "fs/close": method("filesystem", "Closes a file handle.", filesystem.closeParams, emptyResultSchema),
  "fs/watchMissing": method(
    "filesystem",
    "Reports once when a missing path appears.",
    filesystem.watchMissingParams,
    filesystem.watchMissingResult,
  ),
  "http/request": method(
    "http",
    "Sends an HTTP request from the executor.",
    http.httpRequestParams,
    http.httpRequestResult,
  ),
  "http/request/cancel": addition(
    "http",
    "Ends a request or its streamed body.",
    http.httpCancelParams,
    http.httpCancelResult,
  ),
};

/** The notifications of `NOTIFICATIONS` with their schemas. */
export const NOTIFICATION_TABLE = {
  "process/output": { from: "server" as const, doc: "A piece of output.", params: process.outputNotification },
  "process/exited": { from: "server" as const, doc: "The process itself ended.", params: process.exitedNotification },
  "process/closed": {
    from: "server" as const,
    doc: "The last event of a process.",
    params: process.closedNotification,
  },
  "fs/missingChanged": {
    from: "server" as const,
    doc: "A watched path changed.",
    params: filesystem.missingChangedNotification,
  },
  "http/request/bodyDelta": {
    from: "server" as const,
    doc: "A piece of a streamed body.",
    params: http.bodyDeltaNotification,
  },
};

import { z } from "zod";
import { base64Schema, pathResultSchema, pathSchema, sandboxSchema, u64Schema } from "./common.ts";

const followSymlinks = z.boolean().nullish().describe("false refuses links anywhere in the path; default true");
const defaultTrue = z.boolean().nullish().describe("default true");
const handleId = z.string().describe("chosen by the client, at most 32 bytes");

/** Parameters of `fs/readFile`. */
export const readFileParams = z.object({ path: pathSchema, sandbox: sandboxSchema, followSymlinks });
/** Result of `fs/readFile`. */
export const readFileResult = z.object({ dataBase64: base64Schema });

/** Parameters of `fs/writeFile`. */
export const writeFileParams = z.object({
  path: pathSchema,
  dataBase64: base64Schema,
  sandbox: sandboxSchema,
  followSymlinks,
});

/** Parameters of `fs/createDirectory`. */
export const createDirectoryParams = z.object({
  path: pathSchema,
  recursive: defaultTrue,
  sandbox: sandboxSchema,
  followSymlinks,
});

/** Parameters of `fs/getMetadata`. */
export const getMetadataParams = z.object({ path: pathSchema, sandbox: sandboxSchema, followSymlinks });
/** Result of `fs/getMetadata`: the link's target, but `isSymlink` of the path itself. */
export const metadataResult = z.object({
  isDirectory: z.boolean(),
  isFile: z.boolean(),
  isSymlink: z.boolean(),
  size: z.number().min(0).optional().describe("bytes"),
  createdAtMs: z.number().int().describe("ms since 1970, 0 when unknown"),
  modifiedAtMs: z.number().int().describe("ms since 1970, 0 when unknown"),
});

/** Parameters of `fs/readDirectory`. */
export const readDirectoryParams = z.object({ path: pathSchema, sandbox: sandboxSchema });
/** Result of `fs/readDirectory`: types after following links; entries that cannot be followed are left out. */
export const readDirectoryResult = z.object({
  entries: z.array(z.object({ fileName: z.string(), isDirectory: z.boolean(), isFile: z.boolean() })),
});

/** Parameters of `fs/remove`. */
export const removeParams = z.object({
  path: pathSchema,
  recursive: defaultTrue,
  force: defaultTrue.describe("a missing path is no error; default true"),
  sandbox: sandboxSchema,
  followSymlinks,
});

/** Parameters of `fs/copy`. */
export const copyParams = z.object({
  sourcePath: pathSchema,
  destinationPath: pathSchema,
  recursive: z.boolean(),
  sandbox: sandboxSchema,
});

/** Parameters of `fs/canonicalize`. */
export const canonicalizeParams = z.object({ path: pathSchema, sandbox: sandboxSchema });
/** Result of `fs/canonicalize`. */
export const canonicalizeResult = z.object({ path: pathResultSchema });

/** Parameters of `fs/walk`. */
export const walkParams = z.object({
  path: pathSchema,
  options: z.object({
    maxDepth: u64Schema.describe("0 lists the root's children only; at most 64"),
    maxDirectories: u64Schema.describe("1 to 10000, the root counts"),
    maxEntries: u64Schema.describe("1 to 50000"),
    followDirectorySymlinks: z.boolean(),
    pruneHiddenDirectories: z.boolean().default(false),
  }),
  sandbox: sandboxSchema,
});
/** Result of `fs/walk`: breadth first, names sorted bytewise in each directory, without the root. */
export const walkResult = z.object({
  entries: z.array(z.object({ path: pathResultSchema, kind: z.enum(["directory", "file"]) })),
  errors: z.array(z.object({ path: pathResultSchema, message: z.string() })),
  truncated: z.boolean(),
});

/** Parameters of `fs/open`. */
export const openParams = z.object({
  handleId,
  path: pathSchema,
  mode: z.enum(["read", "replace"]).default("read").describe("replace creates or truncates at once"),
  sandbox: sandboxSchema,
});
/** Result of `fs/open`. */
export const openResult = z.object({ handleId: z.string() });

/** Parameters of `fs/readBlock`. */
export const readBlockParams = z.object({ handleId, offset: u64Schema, len: u64Schema.describe("1 to 1048576") });
/** Result of `fs/readBlock`. */
export const readBlockResult = z.object({
  chunk: base64Schema,
  eof: z.boolean().describe("fewer than len bytes were left"),
});

/** Parameters of `fs/writeBlock`. */
export const writeBlockParams = z.object({ handleId, offset: u64Schema, chunk: base64Schema });

/** Parameters of `fs/close`. */
export const closeParams = z.object({ handleId });

/** Parameters of `fs/watchMissing`. */
export const watchMissingParams = z.object({
  watchId: u64Schema.describe("must grow; a higher id replaces the connection's watch"),
  missing: z.array(pathSchema).describe("1 to 64 paths that do not exist"),
  present: pathSchema.nullish().describe("a path that exists"),
});
/** Result of `fs/watchMissing`. */
export const watchMissingResult = z.object({ watching: z.boolean() });

/** `fs/missingChanged`: a watched path appeared, or the present one changed; sent once. */
export const missingChangedNotification = z.object({ watchId: u64Schema });

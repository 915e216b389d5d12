import type { MethodName } from "../../protocol/methods.ts";

/** What a test needs to know of the parameters of one method. */
export interface MethodSample {
  /** Exactly the required members; null for methods without parameters. */
  readonly required: Readonly<Record<string, unknown>> | null;
  /** Optional members that take null, with a good value. */
  readonly nullable: Readonly<Record<string, unknown>>;
  /** Optional members that do not take null, with a good value. */
  readonly plain: Readonly<Record<string, unknown>>;
}

const sandbox = { permissions: { type: "disabled" } };
const follow = { sandbox, followSymlinks: false };
const none: MethodSample = { required: null, nullable: {}, plain: {} };

function sample(
  required: Record<string, unknown>,
  nullable: Record<string, unknown> = {},
  plain: Record<string, unknown> = {},
): MethodSample {
  return { required, nullable, plain };
}

/** One entry for every method of the wire. */
export const METHOD_SAMPLES: Readonly<Record<MethodName, MethodSample>> = {
  "initialize": sample({ clientName: "" }, { resumeSessionId: "s" }),
  "environment/info": none,
  "environment/status": none,
  "environmentConfig/read": sample({ cwd: "file:///", configPaths: [["a"]], requirementsPaths: [] }),
  "process/start": sample(
    { processId: "", argv: [], cwd: "/", env: { A: "b" }, tty: false },
    {
      envPolicy: { inherit: "core", ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [] },
      arg0: "x",
      metadata: { threadId: "t", toolCallId: null },
      sandbox,
      managedNetwork: {},
      networkProxy: {},
      shellSnapshot: {},
      rows: 1,
      cols: 65_535,
    },
    { pipeStdin: true, enforceManagedNetwork: true },
  ),
  "process/read": sample({ processId: "p" }, { afterSeq: 0, maxBytes: 0, waitMs: 2 ** 64 }),
  "process/write": sample({ processId: "p", chunk: "" }, { writeId: "w" }),
  "process/closeStdin": sample({ processId: "p" }),
  "process/signal": sample({ processId: "p", signal: "interrupt" }),
  "process/terminate": sample({ processId: "p" }),
  "process/resize": sample({ processId: "p", rows: 1, cols: 1 }),
  "process/list": none,
  "fs/readFile": sample({ path: "/f" }, follow),
  "fs/writeFile": sample({ path: "/f", dataBase64: "" }, follow),
  "fs/createDirectory": sample({ path: "/f" }, { ...follow, recursive: false }),
  "fs/getMetadata": sample({ path: "/f" }, follow),
  "fs/readDirectory": sample({ path: "/f" }, { sandbox }),
  "fs/remove": sample({ path: "/f" }, { ...follow, recursive: false, force: false }),
  "fs/copy": sample({ sourcePath: "/f", destinationPath: "/g", recursive: false }, { sandbox }),
  "fs/canonicalize": sample({ path: "/f" }, { sandbox }),
  "fs/walk": sample({
    path: "/f",
    options: { maxDepth: 0, maxDirectories: 1, maxEntries: 1, followDirectorySymlinks: false },
  }, { sandbox }),
  "fs/open": sample({ handleId: "", path: "/f" }, { sandbox }, { mode: "replace" }),
  "fs/readBlock": sample({ handleId: "h", offset: 0, len: 1 }),
  "fs/writeBlock": sample({ handleId: "h", offset: 0, chunk: "" }),
  "fs/close": sample({ handleId: "h" }),
  "fs/watchMissing": sample({ watchId: 0, missing: ["/f"] }, { present: "/" }),
  "http/request": sample({ method: "GET", url: "http://h/", requestId: "r" }, { bodyBase64: "", timeoutMs: 0 }, {
    headers: [{ name: "a", value: "b", valueEnvVar: null }],
    redirectPolicy: "stop",
    streamResponse: true,
  }),
  "http/request/cancel": sample({ requestId: "" }),
};

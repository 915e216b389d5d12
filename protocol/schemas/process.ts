import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { base64Schema, emptyResultSchema, pathSchema, sandboxSchema, u64Schema } from "./common.ts";

const processId = z.string().describe("chosen by the client, unique in its session while remembered");
const seq = u64Schema.describe("position in the one gap-free event sequence of the process, from 1");
const stream = z.enum(["stdout", "stderr", "pty"]);
const ttySize = z.number().int().min(1).max(LIMITS.maxTtySize);

/** How the child's environment is made from the server's (section 7.4). */
export const envPolicySchema = z.object({
  inherit: z.enum(["core", "all", "none"]).describe("which of the server's variables to begin with"),
  ignoreDefaultExcludes: z.boolean().describe("false takes away names with KEY, SECRET or TOKEN"),
  exclude: z.array(z.string()).describe("patterns with * and ?, case-insensitive"),
  set: z.record(z.string(), z.string()).describe("variables laid over it"),
  includeOnly: z.array(z.string()).describe("patterns; empty keeps everything"),
});

/** What ends a process that uses too much; addition. */
export const processLimitsSchema = z.object({
  wallTimeMs: z.number().int().min(1).max(LIMITS.maxTimerMs).nullish().describe("time from start to exit"),
  outputBytes: u64Schema.nullish().describe("bytes of output of all streams"),
  memoryBytes: u64Schema.nullish().describe("memory of the process and its children; needs cgroup v2"),
  pids: z.number().int().min(1).max(2 ** 22).nullish().describe("processes and threads at once; needs cgroup v2"),
});

/** What a start belongs to on the side of the client. */
export const startMetadataSchema = z.object({
  threadId: z.string().nullish().describe("conversation"),
  toolCallId: z.string().nullish().describe("call of a tool in it"),
});

/** Parameters of `process/start`. */
export const startParams = z.object({
  processId,
  argv: z.array(z.string()),
  cwd: pathSchema,
  env: z.record(z.string(), z.string()),
  tty: z.boolean(),
  envPolicy: envPolicySchema.nullish(),
  pipeStdin: z.boolean().default(false).describe("keep stdin writable; without it the process reads /dev/null"),
  arg0: z.string().nullish().describe("argv[0] as the program sees it"),
  metadata: startMetadataSchema.nullish(),
  sandbox: sandboxSchema,
  enforceManagedNetwork: z.boolean().default(false),
  managedNetwork: z.unknown().optional(),
  networkProxy: z.unknown().optional(),
  shellSnapshot: z.unknown().optional(),
  limits: processLimitsSchema.nullish().describe("what ends the process; addition"),
  rows: ttySize.nullish().describe("terminal height; addition"),
  cols: ttySize.nullish().describe("terminal width; addition"),
});

/** Result of `process/start`. */
export const startResult = z.object({
  processId: z.string(),
  sandboxType: z.string().optional().describe("none, linuxSeccomp, macosSeatbelt or windowsRestrictedToken"),
});

/** Parameters of `process/read`. */
export const readParams = z.object({
  processId,
  afterSeq: u64Schema.nullish().describe("deliver output after this seq; default 0"),
  maxBytes: u64Schema.nullish().describe("stop before exceeding this, but deliver at least one chunk"),
  waitMs: u64Schema.nullish().describe("wait this long for news; default 0"),
});

/** Result of `process/read`. */
export const readResult = z.object({
  chunks: z.array(z.object({ seq, stream, chunk: base64Schema })),
  nextSeq: seq,
  exited: z.boolean(),
  exitCode: z.number().int().nullable(),
  closed: z.boolean(),
  failure: z.string().nullish().describe("which limit ended the process"),
  sandboxDenied: z.boolean().optional(),
});

/** Parameters of `process/write`. */
export const writeParams = z.object({
  processId,
  chunk: base64Schema,
  writeId: z.string().nullish().describe("a repeated id is accepted and writes nothing; clients of 0.130 send none"),
});

/** Result of `process/write` and `process/closeStdin`. */
export const writeResult = z.object({
  status: z.enum(["accepted", "unknownProcess", "stdinClosed", "starting"]),
});

/** Parameters of methods that name a process only. */
export const processIdParams = z.object({ processId });

/** Result of `process/terminate`. */
export const terminateResult = z.object({ running: z.boolean().describe("true when it was running and got SIGKILL") });

/** Parameters of `process/signal`. */
export const signalParams = z.object({
  processId,
  signal: z.enum(["interrupt", "terminate", "kill", "hangup", "quit", "usr1", "usr2"])
    .describe("sent to the process group; all but interrupt are additions"),
});

/** Parameters of `process/resize`. */
export const resizeParams = z.object({ processId, rows: ttySize, cols: ttySize });

/** Result of `process/list`. */
export const listResult = z.object({
  processes: z.array(z.object({
    processId,
    pid: z.number().int(),
    argv0: z.string(),
    tty: z.boolean(),
    state: z.enum(["running", "exited", "closed"]),
    exitCode: z.number().int().nullable(),
    nextSeq: seq,
    droppedBytes: u64Schema.describe("output that no longer can be read"),
  })),
});

/** `process/output`: one piece of output, at most 64 KiB. */
export const outputNotification = z.object({ processId, seq, stream, chunk: base64Schema });

/** `process/exited`: the process itself ended; output of its children may follow. */
export const exitedNotification = z.object({
  processId,
  seq,
  exitCode: z.number().int().describe("128+n for death by signal n, 1 under a terminal"),
  sandboxDenied: z.boolean().optional(),
  failure: z.string().optional().describe("which limit ended the process; addition"),
});

/** `process/closed`: the process ended and all its output was delivered; always the last event. */
export const closedNotification = z.object({ processId, seq });

export { emptyResultSchema as signalResult };

import type { ExecServerClient } from "../../client/mod.ts";
import type { ParamsOf } from "../../protocol/mod.ts";

/** What a process did from its start to its last event. */
export interface CollectedProcess {
  readonly stdout: string;
  readonly stderr: string;
  readonly pty: string;
  readonly exitCode: number;
  /** `none`, or how it was confined. */
  readonly sandboxType: string | undefined;
  /** As its exit said. */
  readonly sandboxDenied: boolean | undefined;
  /** As its exit said. */
  readonly failure: string | undefined;
  /** Every event in the order of its seq, for example `1 stdout`, `2 exited`, `3 closed`. */
  readonly events: readonly string[];
}

/** Parameters of `process/start` a test wants to choose. */
export type StartOverrides = Partial<ParamsOf<"process/start">>;

/** Starts a process in `/` with the usual PATH and collects what it does until it is closed. */
export async function collectProcess(
  client: ExecServerClient,
  argv: string[],
  overrides: StartOverrides = {},
): Promise<CollectedProcess> {
  const processId = overrides.processId ?? crypto.randomUUID();
  const closed = Promise.withResolvers<void>();
  const events: { seq: number; name: string; bytes?: Uint8Array }[] = [];
  let exitCode = -1;
  let sandboxDenied: boolean | undefined;
  let failure: string | undefined;
  using _handler = client.onNotification(({ method, params }) => {
    if (!("processId" in params) || params.processId !== processId) return;
    if (method === "process/output") {
      events.push({ seq: params.seq, name: params.stream, bytes: Uint8Array.fromBase64(params.chunk) });
    } else if (method === "process/exited") {
      ({ exitCode, sandboxDenied, failure } = params);
      events.push({ seq: params.seq, name: "exited" });
    } else {
      events.push({ seq: params.seq, name: "closed" });
      closed.resolve();
    }
  });
  const defaults = { argv, cwd: "/", env: { PATH: "/usr/local/bin:/usr/bin:/bin" }, tty: false };
  const { sandboxType } = await client.call("process/start", { ...defaults, ...overrides, processId });
  await Promise.race([closed.promise, client.closed.then(() => Promise.reject(new Error("The connection ended")))]);
  events.sort((a, b) => a.seq - b.seq);
  return {
    stdout: textOf("stdout"),
    stderr: textOf("stderr"),
    pty: textOf("pty"),
    exitCode,
    sandboxType,
    sandboxDenied,
    failure,
    events: events.map(({ seq, name }) => `${seq} ${name}`),
  };

  function textOf(stream: string): string {
    const decoder = new TextDecoder();
    const pieces = events.filter(({ name }) => name === stream);
    return pieces.map(({ bytes }) => decoder.decode(bytes, { stream: true })).join("") + decoder.decode();
  }
}

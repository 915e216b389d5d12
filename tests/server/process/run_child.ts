import type { ExitStatus } from "../../../server/posix/child_exit.ts";
import type { Child, ChildEvents, Spawner, SpawnSpec, StreamName } from "../../../server/process/spawner.ts";
import { concatBytes } from "../../../protocol/mod.ts";

/** A child that a test runs directly on a spawner. */
export interface RunningChild {
  readonly child: Child;
  /** Output so far, by stream. */
  readonly text: Readonly<Record<StreamName, () => string>>;
  /** Bytes of output so far, all streams. */
  bytes(): number;
  /** Resolves when output contains the text. */
  seen(text: string): Promise<void>;
  readonly exited: Promise<ExitStatus>;
  /** Resolves with the exit status when all streams have ended, too. */
  readonly closed: Promise<ExitStatus>;
  /** Names of what happened, in order. */
  readonly events: string[];
}

/** Starts a child with sensible defaults and collects what it reports. */
export function runChild(spawner: Spawner, argv: string[], overrides: Partial<SpawnSpec> = {}): RunningChild {
  const pieces: Record<StreamName, Uint8Array[]> = { stdout: [], stderr: [], pty: [] };
  const text = (stream: StreamName) => () => new TextDecoder().decode(concatBytes(pieces[stream]));
  const exited = Promise.withResolvers<ExitStatus>();
  const ended = Promise.withResolvers<void>();
  const events: string[] = [];
  let changed = Promise.withResolvers<void>();
  let open = 0;
  const sink: ChildEvents = {
    output(stream, bytes) {
      pieces[stream].push(bytes.slice());
      events.push(stream);
      changed.resolve();
      changed = Promise.withResolvers();
    },
    ended(stream) {
      events.push(`${stream} ended`);
      if (--open === 0) ended.resolve();
    },
    exited(status) {
      events.push("exited");
      exited.resolve(status);
    },
  };
  const child = spawner.spawn({
    program: argv[0] ?? "",
    argv,
    env: new Map([["PATH", "/usr/bin:/bin"]]),
    cwd: "/",
    stdio: { kind: "pipes", stdin: false },
    ...overrides,
  }, sink);
  open = child.streams.length;
  const texts = { stdout: text("stdout"), stderr: text("stderr"), pty: text("pty") };
  return {
    child,
    text: texts,
    bytes: () => Object.values(pieces).flat().reduce((sum, piece) => sum + piece.length, 0),
    async seen(expected) {
      while (!Object.values(texts).some((read) => read().includes(expected))) await changed.promise;
    },
    exited: exited.promise,
    closed: Promise.all([exited.promise, ended.promise]).then(([status]) => status),
    events,
  };
}

import { Pipes } from "../posix/pipes.ts";
import { Anchors } from "./anchors.ts";
import type { HelperConfig, Inherited, Ready } from "./config.ts";
import { type Frame, FrameDecoder, FrameKind, MAX_BODY_BYTES } from "./frame.ts";
import { Guard } from "./guard.ts";
import { CarriedObjects } from "./memory.ts";
import { OpenFiles } from "./open_files.ts";
import { Output } from "./output.ts";
import { type ByteStreams, DenoPipes } from "./streams.ts";
import { Session } from "./session.ts";
import { Walker } from "./walker.ts";
import { raiseWalls } from "./walls.ts";

const REFRESH_MS = 100;
/** So long without a request before entries are looked at again, one by one, so that a burst of requests waits for none. */
const REFRESH_QUIET_MS = 2;
/** Later than this they are looked at between requests. */
const REFRESH_OVERDUE_MS = 500;
/** So long without a request, and memory is given back. */
const TRIM_AFTER_MS = 500;

/** The helper program: reads its config and serves. */
export function main(): void {
  const decoder = new FrameDecoder();
  const config = readConfig(decoder);
  if (config !== undefined) serve(config, decoder);
}

/** The first message of the server. @returns undefined when there is none */
export function readConfig(decoder: FrameDecoder): HelperConfig | undefined {
  const frame = nextFrame(decoder, new DenoPipes());
  return frame === undefined ? undefined : JSON.parse(frame.header) as HelperConfig;
}

/**
 * Raises the walls around this thread, and answers requests until the input ends.
 *
 * Everything is synchronous and on this thread, since in a process of its own it is the only one that Landlock restricts.
 *
 * @param inherited what stands around a worker already
 */
export function serve(config: HelperConfig, decoder: FrameDecoder, inherited?: Inherited): void {
  const start = new DenoPipes();
  const guard = new Guard(config.policy);
  const anchors = new Anchors(guard);
  const { disk, libc, trimMemory, walls } = raiseWalls(config, guard, anchors, inherited);
  const streams: ByteStreams = libc === undefined ? start : new Pipes(libc);
  const output = new Output((bytes) => streams.write(bytes));
  const carried = new CarriedObjects(config.memory, (memory) => {
    output.send(0, FrameKind.News, JSON.stringify(memory));
  });
  const walker = new Walker(disk, guard, carried, anchors);
  anchors.refresh(disk, carried, Infinity);
  const block = new Uint8Array(MAX_BODY_BYTES);
  const session = new Session({ walker, guard, files: new OpenFiles(), block }, output.send.bind(output));
  const ready: Ready = { walls };
  output.send(0, FrameKind.Done, JSON.stringify(ready));
  let trimmed = false;
  let refreshedAt = performance.now();
  for (;;) {
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) session.take(frame);
    output.flush();
    const age = performance.now() - refreshedAt;
    const quietMs = age > REFRESH_OVERDUE_MS ? 0 : REFRESH_QUIET_MS;
    if (!session.busy && !trimmed && age > REFRESH_MS && !streams.wait(quietMs)) {
      let complete = false;
      do complete = anchors.refresh(disk, carried, 1); while (!complete && !streams.readable());
      if (complete) refreshedAt = performance.now();
      output.flush();
      continue;
    }
    if (session.busy && !streams.readable()) {
      session.step();
    } else {
      if (!trimmed && !streams.wait(TRIM_AFTER_MS)) {
        trimMemory();
        trimmed = true;
        continue;
      }
      const count = streams.read(decoder.room());
      if (count === 0) return;
      // entries are due behind a long silence, but what made them late is no reason to delay a burst
      if (trimmed) refreshedAt = performance.now() - REFRESH_MS;
      trimmed = false;
      decoder.filled(count);
    }
  }
}

function nextFrame(decoder: FrameDecoder, streams: ByteStreams): Frame | undefined {
  for (;;) {
    const frame = decoder.next();
    if (frame !== undefined) return frame;
    const count = streams.read(decoder.room());
    if (count === 0) return undefined;
    decoder.filled(count);
  }
}

/** What a worker's main thread sends it. */
export interface WorkerStart {
  /** The first message of the server. */
  readonly config: HelperConfig;
  /** What the main thread did. */
  readonly inherited: Inherited;
}

interface WorkerScope {
  onmessage: (event: { readonly data: WorkerStart }) => void;
  postMessage(message: unknown): void;
}

/** In a worker the main thread has read the config, and is told when the input has ended. */
function serveInWorker(scope: WorkerScope, data: WorkerStart): void {
  serve(data.config, new FrameDecoder(), data.inherited);
  scope.postMessage("ended");
}

if ("WorkerGlobalScope" in globalThis) {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data }) => serveInWorker(scope, data);
} else if (import.meta.main) main();

import { Pipes } from "../posix/pipes.ts";
import { Anchors } from "./anchors.ts";
import type { HelperConfig, Ready } from "./config.ts";
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
/** So long without a request, and memory is given back. */
const TRIM_AFTER_MS = 500;

/**
 * The helper program: reads its config, raises the walls around itself, and answers requests until its input ends.
 *
 * Everything is synchronous and on this thread, the only one that Landlock restricts.
 */
export function main(): void {
  const decoder = new FrameDecoder();
  const start = new DenoPipes();
  const config = JSON.parse(nextFrame(decoder, start)?.header ?? "null") as HelperConfig | null;
  if (config === null) return;
  const guard = new Guard(config.policy);
  const anchors = new Anchors(guard);
  const { disk, libc, trimMemory, walls } = raiseWalls(config, guard, anchors);
  const streams: ByteStreams = libc === undefined ? start : new Pipes(libc);
  const output = new Output((bytes) => streams.write(bytes));
  const carried = new CarriedObjects(config.memory, (memory) => {
    output.send(0, FrameKind.News, JSON.stringify(memory));
  });
  const walker = new Walker(disk, guard, carried, anchors);
  anchors.refresh(disk, carried);
  const block = new Uint8Array(MAX_BODY_BYTES);
  const session = new Session({ walker, guard, files: new OpenFiles(), block }, output.send.bind(output));
  const ready: Ready = { walls };
  output.send(0, FrameKind.Done, JSON.stringify(ready));
  let trimmed = false;
  let refreshedAt = performance.now();
  for (;;) {
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) session.take(frame);
    output.flush();
    if (!session.busy && performance.now() - refreshedAt > REFRESH_MS && !streams.readable()) {
      anchors.refresh(disk, carried);
      output.flush();
      refreshedAt = performance.now();
    }
    if (session.busy && !streams.readable()) {
      session.step();
    } else {
      if (!trimmed && !streams.wait(TRIM_AFTER_MS)) {
        trimMemory();
        trimmed = true;
        continue;
      }
      trimmed = false;
      const count = streams.read(decoder.room());
      if (count === 0) return;
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

if (import.meta.main) main();

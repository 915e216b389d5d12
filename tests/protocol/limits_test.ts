import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "../../protocol/limits.ts";

Deno.test("LIMITS: the bounds of the original's wire are kept", () => {
  const { maxFrameBytes, maxMessageBytes, maxJsonDepth, maxJsonValues, maxReadFileBytes, maxBlockBytes } = LIMITS;
  assertEquals([maxFrameBytes, maxMessageBytes], [16_777_216, 67_108_864]);
  assertEquals([maxJsonDepth, maxJsonValues], [127, 262_144]);
  assertEquals([maxReadFileBytes, maxBlockBytes], [536_870_912, 1_048_576]);
  assertEquals([LIMITS.sessionTtlMs, LIMITS.processRetentionMs, LIMITS.pingIntervalMs], [80_000, 80_000, 30_000]);
  assertEquals([LIMITS.retainedOutputBytes, LIMITS.retainedOutputChunks], [1_048_576, 50_000]);
  assertEquals([LIMITS.maxStdinChunks, LIMITS.maxRememberedWriteIds], [128, 4096]);
  assertEquals([LIMITS.defaultTtyRows, LIMITS.defaultTtyCols], [24, 80]);
  assertEquals([LIMITS.maxFileHandles, LIMITS.maxFileHandleIdBytes, LIMITS.maxWatchedPaths], [128, 32, 64]);
  assertEquals([LIMITS.maxHttpDeltaBytes, LIMITS.maxHttpRedirects], [1_048_576, 10]);
  assertEquals([LIMITS.maxHttpResponseHeaders, LIMITS.maxQueuedHttpBodyBytes], [100, 16_777_216]);
  assertEquals([LIMITS.maxWalkDepth, LIMITS.maxWalkDirectories, LIMITS.maxWalkEntries], [64, 10_000, 50_000]);
});

Deno.test("LIMITS: every bound is a positive integer", () => {
  for (const [name, value] of Object.entries(LIMITS)) assert(Number.isSafeInteger(value) && value > 0, name);
});

Deno.test("LIMITS: bounds that depend on each other are in order", () => {
  assert(LIMITS.sendLowWaterBytes < LIMITS.sendHighWaterBytes);
  assert(LIMITS.fragmentBytes < LIMITS.maxFrameBytes, "clients refuse larger frames");
  assert(LIMITS.maxFrameBytes < LIMITS.maxMessageBytes);
  assert(LIMITS.outputChunkBytes <= LIMITS.retainedOutputBytes);
  assert(LIMITS.minHttpReadBytes <= LIMITS.maxHttpReadBytes);
  assert(LIMITS.maxHttpReadBytes <= LIMITS.maxHttpDeltaBytes, "a delta is one read at most");
  assert(LIMITS.maxHttpDeltaBytes < LIMITS.maxQueuedHttpBodyBytes);
  assert(Math.ceil(LIMITS.maxBlockBytes / 3) * 4 < LIMITS.maxFrameBytes, "a block fits one frame");
});

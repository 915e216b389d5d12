import { LIMITS } from "./limits.ts";

// smaller pieces are cheap to allocate
const SMALLEST_POOLED_BYTES = 8 * 1024;

const free: Uint8Array[] = [];

/** A copy of the bytes, in pooled memory when they are many; give it back with {@linkcode giveBack}. */
export function pooledCopy(bytes: Uint8Array): Uint8Array {
  if (bytes.length < SMALLEST_POOLED_BYTES || bytes.length > LIMITS.outputChunkBytes) return bytes.slice();
  const memory = free.pop() ?? new Uint8Array(LIMITS.outputChunkBytes);
  memory.set(bytes);
  return memory.subarray(0, bytes.length);
}

/** Nobody uses the copy any more. Forgetting to say so costs a garbage collection, nothing else. */
export function giveBack(copy: Uint8Array): void {
  const { buffer } = copy;
  if (buffer.byteLength !== LIMITS.outputChunkBytes || free.length >= LIMITS.maxPooledChunks) return;
  free.push(new Uint8Array(buffer));
}

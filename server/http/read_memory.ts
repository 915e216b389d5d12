import { LIMITS } from "../../protocol/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const free: ArrayBuffer[] = [];

/** Memory for a read of the largest size: used before, when there is any, so that a long body makes no garbage. */
export function takeReadMemory(): Bytes {
  return new Uint8Array(free.pop() ?? new ArrayBuffer(LIMITS.maxHttpReadBytes));
}

/** Whether these bytes lie in such memory. */
export function isReadMemory({ buffer }: Uint8Array): boolean {
  return buffer.byteLength === LIMITS.maxHttpReadBytes;
}

/** Nobody uses these bytes any more. Forgetting to say so costs a garbage collection, nothing else. */
export function giveBackReadMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && free.length < LIMITS.maxKeptHttpReads) free.push(buffer);
}

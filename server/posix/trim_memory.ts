import { optionalLibc } from "./libc.ts";

// so much traffic leaves enough behind to be worth a few milliseconds
const TRIM_AFTER_BYTES = 32 * 1024 * 1024;
const QUIET_MS = 200;

const M_MMAP_THRESHOLD = -3;
/**
 * Above what moves all the time, blocks of files and their messages: for those, fresh pages would cost more than holes.
 */
const OWN_MAPPING_BYTES = 4 * 1024 * 1024;

let traffic = 0;
let timer: number | undefined;

/**
 * Counts bytes that went through this process. After much traffic, memory that the C library has free but keeps is
 * given back to the system (malloc_trim(3)), a moment later and at most once a moment.
 */
export function noteTraffic(bytes: number): void {
  traffic += bytes;
  if (traffic < TRIM_AFTER_BYTES || timer !== undefined) return;
  timer = Number(setTimeout(trim, QUIET_MS));
  Deno.unrefTimer(timer);
}

/**
 * Gives every block of more than 4 MiB a mapping of its own for good, which goes back to the system with it. Left alone
 * the C library puts blocks of up to 32 MiB among the small ones once it has freed one of that size, and the holes they
 * leave are never closed (mallopt(3)). For the whole process; nothing happens where there is no glibc.
 */
export function keepLargeBlocksApart(): void {
  // another C library keeps what it wants
  optionalLibc()?.call.mallopt(M_MMAP_THRESHOLD, OWN_MAPPING_BYTES);
}

function trim(): void {
  timer = undefined;
  traffic = 0;
  optionalLibc()?.call.malloc_trim(0n);
}

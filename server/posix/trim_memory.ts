import { openLibc } from "./libc.ts";

// so much traffic leaves enough behind to be worth a few milliseconds
const TRIM_AFTER_BYTES = 32 * 1024 * 1024;
const QUIET_MS = 200;

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

function trim(): void {
  timer = undefined;
  traffic = 0;
  try {
    openLibc().call.malloc_trim(0n);
  } catch {
    // another C library: it keeps what it wants
  }
}

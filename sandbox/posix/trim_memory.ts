import { At, Open } from "./constants.ts";
import type { Libc } from "./libc.ts";

const MADV_DONTNEED = 4;
const BUFFER_BYTES = 64 * 1024;
const FIRST_LINE = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p [0-9a-f]+ [0-9a-f:]+ (\d+)/;

/**
 * Gives the pages of the program and its libraries back that were only needed at the start: they are clean, so those
 * that are needed again come from the kernel's cache. It opens what it needs at once, since Landlock forbids it later.
 *
 * @returns the function that trims; it does nothing where there is no procfs
 */
export function memoryTrimmer(libc: Libc): () => void {
  const smaps = libc.call.openat(
    At.FDCWD,
    new TextEncoder().encode("/proc/self/smaps\0"),
    Open.RDONLY | Open.CLOEXEC,
    0,
  );
  if (smaps < 0) return () => {};
  return () => {
    for (const { start, length } of cleanRanges(readAll(libc, smaps))) libc.call.madvise(start, length, MADV_DONTNEED);
  };
}

function readAll(libc: Libc, fd: number): string {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(BUFFER_BYTES);
  let text = "";
  for (let offset = 0;;) {
    const count = libc.call.pread(fd, buffer, offset);
    if (count <= 0) return text;
    offset += count;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
}

/** Mappings of files that cannot be written and hold no page that differs from the file. */
function* cleanRanges(smaps: string): Generator<{ start: number; length: number }> {
  let range: { start: number; length: number } | undefined;
  for (const line of smaps.split("\n")) {
    const found = FIRST_LINE.exec(line);
    if (found !== null) {
      const [, start, end, inode] = found as unknown as [string, string, string, string];
      const from = Number.parseInt(start, 16);
      range = inode === "0" ? undefined : { start: from, length: Number.parseInt(end, 16) - from };
    } else if (/^[0-9a-f]+-/.test(line)) range = undefined;
    else if (range !== undefined && /^Anonymous:\s+0 kB/.test(line)) yield range;
  }
}

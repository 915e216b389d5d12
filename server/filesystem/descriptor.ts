import * as fs from "node:fs";
import { parseStatx, STATX_BYTES, STATX_MASK } from "../../sandbox/posix/statx.ts";
import { optionalLibc } from "../posix/libc.ts";
import { onlyLocalDisks } from "./local_disk.ts";

const { O_NOCTTY, O_NONBLOCK } = fs.constants;
const AT_EMPTY_PATH = 0x1000;
const NO_PATH = new Uint8Array(1);

const facts = new Uint8Array(STATX_BYTES);
const factsView = new DataView(facts.buffer);

/** Reads of at most this many bytes are done at once when every disk is local: a thread switch would cost more. */
export const SMALL_BYTES = 64 * 1024;

/** What {@linkcode describeDescriptor} tells. */
export interface DescriptorInfo {
  readonly isFile: boolean;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Names the file itself: two descriptors of one file have the same. */
  readonly identity: string;
}

/**
 * Opens a path and never waits for it: a fifo without a peer fails or opens at once, whatever is swapped in.
 *
 * `Deno.open` cannot say `O_NONBLOCK`; the descriptor is close-on-exec.
 */
export function openDescriptor(path: string, flags: number, mode = 0o666): number | Promise<number> {
  const all = flags | O_NONBLOCK | O_NOCTTY;
  if (onlyLocalDisks()) return fs.openSync(path, all, mode);
  return new Promise((resolve, reject) => {
    fs.open(path, all, mode, (error, fd) => error ? reject(error) : resolve(fd));
  });
}

/** Describes the file that a descriptor stands for, not what its path means by now. */
export function describeDescriptor(fd: number): DescriptorInfo {
  const libc = optionalLibc();
  // ten times faster than fstatSync, which makes an object with four dates
  if (libc !== undefined && libc.call.statx(fd, NO_PATH, AT_EMPTY_PATH, STATX_MASK, facts) === 0) {
    const { kind, size, mode, identity } = parseStatx(factsView);
    return { isFile: kind === "file", size, mode, identity };
  }
  const info = fs.fstatSync(fd, { bigint: true });
  return {
    isFile: info.isFile(),
    size: Number(info.size),
    mode: Number(info.mode) & 0o7777,
    identity: `${info.dev}:${info.ino}`,
  };
}

/** Reads once at an offset. @returns the bytes read, 0 at the end of the file */
export function readDescriptor(fd: number, into: Uint8Array, offset: number): number | Promise<number> {
  if (into.length <= SMALL_BYTES && onlyLocalDisks()) return fs.readSync(fd, into, 0, into.length, offset);
  return new Promise((resolve, reject) => {
    fs.read(fd, into, 0, into.length, offset, (error, count) => error ? reject(error) : resolve(count));
  });
}

/** Cuts a file to nothing. */
export function truncateDescriptor(fd: number): Promise<void> {
  return new Promise((resolve, reject) => fs.ftruncate(fd, 0, (error) => error ? reject(error) : resolve()));
}

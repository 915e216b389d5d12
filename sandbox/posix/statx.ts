import type { Facts, Kind } from "../helper/disk.ts";

/** Bytes of `struct statx`. */
export const STATX_BYTES = 256;

/** Basic facts and the time of birth. */
export const STATX_MASK = 0xfff;

const KINDS: Readonly<Record<number, Kind>> = { 0o100000: "file", 0o040000: "directory", 0o120000: "link" };

/** Facts out of `struct statx`; it is the same on all processors. */
export function parseStatx(view: DataView): Facts {
  const mode = view.getUint16(28, true);
  const mask = view.getUint32(0, true);
  const inodeLow = view.getUint32(32, true);
  const device = `${view.getUint32(136, true)}:${view.getUint32(140, true)}`;
  const birth = (mask & 0x800) === 0 ? "" : `${view.getUint32(80, true)}.${view.getUint32(88, true)}`;
  return {
    kind: KINDS[mode & 0o170000] ?? "other",
    device,
    inodeLow,
    identity: `${device}:${view.getUint32(36, true)}:${inodeLow}:${birth}`,
    size: view.getUint32(40, true) + view.getUint32(44, true) * 2 ** 32,
    mode: mode & 0o7777,
    birthMs: birth === "" ? 0 : timeMs(view, 80),
    modifiedMs: timeMs(view, 112),
  };
}

function timeMs(view: DataView, at: number): number {
  const seconds = Number(view.getBigInt64(at, true));
  return seconds * 1000 + Math.floor(view.getUint32(at + 8, true) / 1e6);
}

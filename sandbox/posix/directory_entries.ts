import type { Entry, Kind } from "../helper/disk.ts";
import type { Libc } from "./libc.ts";
import { decodeName } from "./names.ts";
import { OsError } from "./os_error.ts";

const BUFFER_BYTES = 32 * 1024;
const NAME_AT = 19, LENGTH_AT = 16, TYPE_AT = 18;
const DT_UNKNOWN = 0;
const KINDS: Readonly<Record<number, Kind>> = { 4: "directory", 8: "file", 10: "link" };

/** All names of an open directory in the order of the system, but `.` and `..`. */
export function* readEntries(libc: Libc, fd: number): Iterable<Entry> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  const view = new DataView(buffer.buffer);
  for (;;) {
    const filled = libc.call.getdents64(fd, buffer);
    if (filled < 0) throw new OsError(libc.errno());
    if (filled === 0) return;
    for (let at = 0; at < filled; at += view.getUint16(at + LENGTH_AT, true)) {
      const start = at + NAME_AT;
      const name = decodeName(buffer.subarray(start, buffer.indexOf(0, start)));
      const type = buffer[at + TYPE_AT] as number;
      if (name === "." || name === "..") continue;
      yield { name, kind: type === DT_UNKNOWN ? undefined : KINDS[type] ?? "other" };
    }
  }
}

import { type FileFacts, type HostFacts, localHostFacts } from "../../sandbox/mod.ts";
import { parseStatx, STATX_BYTES, STATX_MASK } from "../../sandbox/posix/statx.ts";
import { cString, type Libc, optionalLibc } from "./libc.ts";

const AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100;

/**
 * What profiles refer to on this machine, looked at with statx(2): several times faster than Deno's own call for paths
 * that are missing, and with times of birth to the nanosecond. Elsewhere Deno's own call serves.
 */
export function hostFacts(environment: { readonly tmpdir?: string; readonly home?: string }): HostFacts {
  const facts = localHostFacts(environment);
  const libc = optionalLibc();
  return libc === undefined ? facts : { ...facts, lstat: statxFacts(libc) };
}

function statxFacts({ call }: Libc): (path: string) => FileFacts | undefined {
  const buffer = new Uint8Array(STATX_BYTES);
  const view = new DataView(buffer.buffer);
  return (path) => {
    if (path.includes("\0")) return undefined;
    if (call.statx(AT_FDCWD, cString(path), AT_SYMLINK_NOFOLLOW, STATX_MASK, buffer) < 0) return undefined;
    const { kind, identity } = parseStatx(view);
    return { kind, identity };
  };
}

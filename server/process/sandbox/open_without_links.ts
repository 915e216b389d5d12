import { findLibc } from "../../../sandbox/libc_path.ts";
import { openLibc as openSandboxLibc } from "../../../sandbox/posix/libc.ts";
import { cString } from "../../posix/libc.ts";
import { PosixError } from "../../posix/posix_spawn.ts";

const AT_FDCWD = -100;
const RESOLVE_NO_MAGICLINKS = 0x02n, RESOLVE_NO_SYMLINKS = 0x04n;
const O_PATH_CLOEXEC = 0o12000000n;

type SandboxLibc = ReturnType<typeof openSandboxLibc>;
let opened: SandboxLibc | undefined;

/** The C library with the calls on descriptors. @throws {Error} where there is none */
export function sandboxLibc(): SandboxLibc {
  if (opened !== undefined) return opened;
  const path = findLibc();
  if (path === undefined) throw new Error("no C library was found");
  return opened = openSandboxLibc(path);
}

/**
 * A descriptor (O_PATH) of what stands at a path that leads through no link, not even in the end; so nothing else can be
 * put in its place while the path is looked at.
 *
 * @throws {PosixError} ELOOP for a link, ENOENT, ...
 */
export function openWithoutLinks(path: string): number {
  const { call, errno } = sandboxLibc();
  // struct open_how: flags, mode, resolve
  const how = new BigUint64Array([O_PATH_CLOEXEC, 0n, RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS]);
  const fd = call.openat2(AT_FDCWD, cString(path), new Uint8Array(how.buffer));
  if (fd < 0) throw new PosixError("openat2", errno());
  return fd;
}

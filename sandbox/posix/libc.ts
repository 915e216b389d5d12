import { Syscall } from "./constants.ts";

/**
 * Deno compiles a trampoline for each symbol when the library is opened, 0.25 ms each, so `syscall` serves most calls: one
 * symbol for each shape of arguments instead of one for each function.
 */
const SYMBOLS = {
  __errno_location: { parameters: [], result: "pointer" },
  close: { parameters: ["i32"], result: "i32" },
  memcpy: { parameters: ["buffer", "pointer", "usize"], result: "void" },
  onDescriptor: { name: "syscall", parameters: ["i32", "i32", "buffer", "i32", "i32"], result: "i32" },
  atOffset: { name: "syscall", parameters: ["i32", "i32", "buffer", "i32", "i64"], result: "i32" },
  twoBuffers: { name: "syscall", parameters: ["i32", "i32", "buffer", "buffer", "i32"], result: "i32" },
  statx: { name: "syscall", parameters: ["i32", "i32", "buffer", "i32", "i32", "buffer"], result: "i32" },
  buffersFirst: {
    name: "syscall",
    parameters: ["i32", "buffer", "i64", "buffer", "i64", "i64"],
    result: "i32",
  },
  rule: { name: "syscall", parameters: ["i32", "i32", "i32", "buffer", "i32"], result: "i32" },
  numbers: { name: "syscall", parameters: ["i32", "i64", "i64", "i64", "i64", "i64"], result: "i32" },
} as const;

type Bytes = Uint8Array<ArrayBuffer>;

/** The C library by FFI: the calls the helper makes on descriptors. They stay callable after `ffi` was revoked. */
export interface Libc {
  /** The functions; all are synchronous, since only this thread is restricted by Landlock. They give -1 on failure. */
  readonly call: LibcCalls;
  /** `errno` of the last failed call of this thread. */
  errno(): number;
}

/** System calls, with the parameters that the kernel gives them. */
export interface LibcCalls {
  close(fd: number): number;
  fchmod(fd: number, mode: number): number;
  fcntl(fd: number, command: number, value: number): number;
  fstatfs(fd: number, into: Bytes): number;
  ftruncate(fd: number, length: number): number;
  getdents64(fd: number, into: Bytes): number;
  inotifyAddWatch(fd: number, path: Bytes, mask: number): number;
  inotifyInit1(flags: number): number;
  inotifyRmWatch(fd: number, watch: number): number;
  landlockAbi(): number;
  landlockAddRule(ruleset: number, type: number, rule: Bytes): number;
  landlockCreate(attributes: Bytes, size: number): number;
  landlockRestrict(ruleset: number): number;
  madvise(address: number, length: number, advice: number): number;
  mkdirat(fd: number, name: Bytes, mode: number): number;
  openat(fd: number, name: Bytes, flags: number, mode: number): number;
  openat2(fd: number, name: Bytes, how: Bytes): number;
  poll(descriptors: Bytes, count: number, timeoutMs: number): number;
  prctl(option: number, value: number): number;
  pread(fd: number, into: Bytes, offset: number): number;
  pwrite(fd: number, bytes: Bytes, offset: number): number;
  read(fd: number, into: Bytes): number;
  readlinkat(fd: number, name: Bytes, into: Bytes): number;
  statx(fd: number, name: Bytes, flags: number, mask: number, into: Bytes): number;
  symlinkat(target: Bytes, fd: number, name: Bytes): number;
  unlinkat(fd: number, name: Bytes, flags: number): number;
  write(fd: number, bytes: Bytes): number;
}

/**
 * Opens the C library.
 *
 * @param path absolute, since the grant of the helper names a file
 * @throws {Error} when it cannot be opened, or is not a libc
 */
export function openLibc(path: string): Libc {
  if (Deno.build.os !== "linux") throw new Error(`needs Linux, this is ${Deno.build.os}`);
  const { symbols } = Deno.dlopen(path, SYMBOLS);
  const location = symbols.__errno_location();
  const number = new Int32Array(1);
  const bytes = new Uint8Array(number.buffer);
  // a scoped ffi grant does not allow to read through a pointer, a call of memcpy does
  const errno = () => {
    symbols.memcpy(bytes, location, 4n);
    return number[0] as number;
  };
  return { call: callsOf(symbols), errno };
}

function callsOf(symbols: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"]): LibcCalls {
  const { onDescriptor, atOffset, twoBuffers, statx, buffersFirst, rule, numbers, close } = symbols;
  const time = new BigInt64Array(2);
  const timeBytes = new Uint8Array(time.buffer);
  const plain = (call: number, a: number, b: number, c = 0) => numbers(call, BigInt(a), BigInt(b), BigInt(c), 0n, 0n);
  return {
    close,
    fchmod: (fd, mode) => plain(Syscall.FCHMOD, fd, mode),
    fcntl: (fd, command, value) => plain(Syscall.FCNTL, fd, command, value),
    fstatfs: (fd, into) => onDescriptor(Syscall.FSTATFS, fd, into, 0, 0),
    ftruncate: (fd, length) => plain(Syscall.FTRUNCATE, fd, length),
    getdents64: (fd, into) => onDescriptor(Syscall.GETDENTS64, fd, into, into.length, 0),
    inotifyAddWatch: (fd, path, mask) => onDescriptor(Syscall.INOTIFY_ADD_WATCH, fd, path, mask, 0),
    inotifyInit1: (flags) => plain(Syscall.INOTIFY_INIT1, flags, 0),
    inotifyRmWatch: (fd, watch) => plain(Syscall.INOTIFY_RM_WATCH, fd, watch),
    landlockAbi: () => plain(Syscall.LANDLOCK_CREATE_RULESET, 0, 0, 1),
    landlockAddRule: (ruleset, type, bytes) => rule(Syscall.LANDLOCK_ADD_RULE, ruleset, type, bytes, 0),
    landlockCreate: (attributes, size) =>
      buffersFirst(Syscall.LANDLOCK_CREATE_RULESET, attributes, BigInt(size), null, 0n, 0n),
    landlockRestrict: (ruleset) => plain(Syscall.LANDLOCK_RESTRICT_SELF, ruleset, 0),
    madvise: (address, length, advice) => plain(Syscall.MADVISE, address, length, advice),
    mkdirat: (fd, name, mode) => onDescriptor(Syscall.MKDIRAT, fd, name, mode, 0),
    openat: (fd, name, flags, mode) => onDescriptor(Syscall.OPENAT, fd, name, flags, mode),
    openat2: (fd, name, how) => twoBuffers(Syscall.OPENAT2, fd, name, how, how.length),
    poll(descriptors, count, timeoutMs) {
      time[0] = BigInt(Math.floor(timeoutMs / 1000));
      time[1] = BigInt(Math.round(timeoutMs % 1000) * 1_000_000);
      return buffersFirst(Syscall.PPOLL, descriptors, BigInt(count), timeBytes, 0n, 0n);
    },
    prctl: (option, value) => plain(Syscall.PRCTL, option, value),
    pread: (fd, into, offset) => atOffset(Syscall.PREAD64, fd, into, into.length, BigInt(offset)),
    pwrite: (fd, bytes, offset) => atOffset(Syscall.PWRITE64, fd, bytes, bytes.length, BigInt(offset)),
    read: (fd, into) => onDescriptor(Syscall.READ, fd, into, into.length, 0),
    readlinkat: (fd, name, into) => twoBuffers(Syscall.READLINKAT, fd, name, into, into.length),
    statx: (fd, name, flags, mask, into) => statx(Syscall.STATX, fd, name, flags, mask, into),
    symlinkat: (target, fd, name) => buffersFirst(Syscall.SYMLINKAT, target, BigInt(fd), name, 0n, 0n),
    unlinkat: (fd, name, flags) => onDescriptor(Syscall.UNLINKAT, fd, name, flags, 0),
    write: (fd, bytes) => onDescriptor(Syscall.WRITE, fd, bytes, bytes.length, 0),
  };
}

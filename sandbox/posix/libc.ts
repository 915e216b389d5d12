const SYMBOLS = {
  __errno_location: { parameters: [], result: "pointer" },
  close: { parameters: ["i32"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "usize"], result: "i32" },
  fstatfs: { parameters: ["i32", "buffer"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  memcpy: { parameters: ["buffer", "pointer", "usize"], result: "void" },
  mkdirat: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  openat: { parameters: ["i32", "buffer", "i32", "u32"], result: "i32" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  readlinkat: { parameters: ["i32", "buffer", "buffer", "usize"], result: "isize" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  symlinkat: { parameters: ["buffer", "i32", "buffer"], result: "i32" },
  unlinkat: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  // `syscall` under one name for each shape of arguments
  getdents64: { name: "syscall", parameters: ["i64", "i32", "buffer", "usize"], result: "i64" },
  openat2: { name: "syscall", parameters: ["i64", "i32", "buffer", "buffer", "usize"], result: "i64" },
  landlockAbi: { name: "syscall", parameters: ["i64", "usize", "usize", "u32"], result: "i64" },
  landlockCreate: { name: "syscall", parameters: ["i64", "buffer", "usize", "u32"], result: "i64" },
  landlockAdd: { name: "syscall", parameters: ["i64", "i32", "u32", "buffer", "u32"], result: "i64" },
  landlockRestrict: { name: "syscall", parameters: ["i64", "i32", "u32"], result: "i64" },
} as const;

/** The C library by FFI: the calls the helper makes on descriptors. They stay callable after `ffi` was revoked. */
export interface Libc {
  /** The functions; all are synchronous, since only this thread is restricted by Landlock. */
  readonly call: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
  /** `errno` of the last failed call of this thread. */
  errno(): number;
}

/**
 * Opens the C library.
 *
 * @param path absolute, since the grant of the helper names a file
 * @throws {Error} when it cannot be opened, or is not a libc
 */
export function openLibc(path: string): Libc {
  if (Deno.build.os !== "linux") throw new Error(`needs Linux, this is ${Deno.build.os}`);
  const call = Deno.dlopen(path, SYMBOLS).symbols;
  const location = call.__errno_location();
  const number = new Int32Array(1);
  const bytes = new Uint8Array(number.buffer);
  // a scoped ffi grant does not allow to read through a pointer, a call of memcpy does
  const errno = () => {
    call.memcpy(bytes, location, 4n);
    return number[0] as number;
  };
  return { call, errno };
}

const SYMBOLS = {
  __errno_location: { parameters: [], result: "pointer" },
  access: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32", nonblocking: true },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  futimens: { parameters: ["i32", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  grantpt: { parameters: ["i32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  malloc_trim: { parameters: ["usize"], result: "i32" },
  mallopt: { parameters: ["i32", "i32"], result: "i32" },
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  posix_openpt: { parameters: ["i32"], result: "i32" },
  posix_spawn: { parameters: ["buffer", "buffer", "buffer", "buffer", "buffer", "buffer"], result: "i32" },
  posix_spawn_file_actions_addchdir_np: { parameters: ["buffer", "buffer"], result: "i32" },
  posix_spawn_file_actions_adddup2: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  posix_spawn_file_actions_addopen: { parameters: ["buffer", "i32", "buffer", "i32", "u32"], result: "i32" },
  posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
  posix_spawn_file_actions_init: { parameters: ["buffer"], result: "i32" },
  posix_spawnattr_destroy: { parameters: ["buffer"], result: "i32" },
  posix_spawnattr_init: { parameters: ["buffer"], result: "i32" },
  posix_spawnattr_setflags: { parameters: ["buffer", "i16"], result: "i32" },
  posix_spawnattr_setsigdefault: { parameters: ["buffer", "buffer"], result: "i32" },
  posix_spawnattr_setsigmask: { parameters: ["buffer", "buffer"], result: "i32" },
  ptsname_r: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  sched_yield: { parameters: [], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  syscall: { parameters: ["i64", "i64", "i64"], result: "i64" },
  unlockpt: { parameters: ["i32"], result: "i32" },
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
} as const;

type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** The C library by FFI: the calls that processes and terminals need and Deno does not offer. */
export interface Libc {
  /** The functions, synchronous but for `epoll_wait`. */
  readonly call: Symbols;
  /** `errno` of the last failed synchronous call of this thread. */
  errno(): number;
}

let loaded: Libc | Error | undefined;

/**
 * Opens glibc on Linux.
 *
 * @throws {Error} saying why it cannot be used here: another system, another libc, or no FFI permission
 */
export function openLibc(): Libc {
  loaded ??= tryOpen();
  if (loaded instanceof Error) throw loaded;
  return loaded;
}

/** Glibc, or undefined where it cannot be used. */
export function optionalLibc(): Libc | undefined {
  loaded ??= tryOpen();
  return loaded instanceof Error ? undefined : loaded;
}

function tryOpen(): Libc | Error {
  if (Deno.build.os !== "linux") return new Error(`needs Linux with glibc, this is ${Deno.build.os}`);
  try {
    const call = Deno.dlopen("libc.so.6", SYMBOLS).symbols;
    const location = call.__errno_location();
    if (location === null) return new Error("glibc has no errno");
    const view = new Deno.UnsafePointerView(location);
    return { call, errno: () => view.getInt32() };
  } catch (cause) {
    return new Error(`cannot open libc.so.6: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

const encoder = new TextEncoder();

/** A C string. @throws {TypeError} when the text holds a NUL */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new TypeError("nul byte found in provided data");
  return encoder.encode(`${text}\0`);
}

/** A NULL-terminated array of C strings; keep the whole object alive during the call. */
export interface CStringArray {
  /** The pointers. */
  readonly pointers: Uint8Array<ArrayBuffer>;
  /** What they point to. */
  readonly strings: readonly Uint8Array[];
}

/** Builds `char *const []`. @throws {TypeError} when a text holds a NUL */
export function cStringArray(texts: readonly string[]): CStringArray {
  const strings = texts.map(cString);
  const pointers = new BigUint64Array(texts.length + 1);
  strings.forEach((bytes, i) => pointers[i] = BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes))));
  return { pointers: new Uint8Array(pointers.buffer), strings };
}

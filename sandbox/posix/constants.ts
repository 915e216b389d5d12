const ARM = Deno.build.arch === "aarch64";

/** Flags of `open(2)` on this processor. */
export const Open = {
  RDONLY: 0,
  WRONLY: 0o1,
  CREAT: 0o100,
  EXCL: 0o200,
  NOCTTY: 0o400,
  NONBLOCK: 0o4000,
  CLOEXEC: 0o2000000,
  PATH: 0o10000000,
  DIRECTORY: ARM ? 0o40000 : 0o200000,
  NOFOLLOW: ARM ? 0o100000 : 0o400000,
} as const;

/** Flags of the `*at` calls. */
export const At = { FDCWD: -100, SYMLINK_NOFOLLOW: 0x100, REMOVEDIR: 0x200, EMPTY_PATH: 0x1000 } as const;

/** Flags of `openat2`. */
export const Resolve = { NO_MAGICLINKS: 0x02, NO_SYMLINKS: 0x04 } as const;

/** Numbers of system calls on this processor. */
export const Syscall = {
  FCHMOD: ARM ? 52 : 91,
  FCNTL: ARM ? 25 : 72,
  FSTATFS: ARM ? 44 : 138,
  FTRUNCATE: ARM ? 46 : 77,
  GETDENTS64: ARM ? 61 : 217,
  INOTIFY_ADD_WATCH: ARM ? 27 : 254,
  INOTIFY_INIT1: ARM ? 26 : 294,
  INOTIFY_RM_WATCH: ARM ? 28 : 255,
  LANDLOCK_CREATE_RULESET: 444,
  LANDLOCK_ADD_RULE: 445,
  LANDLOCK_RESTRICT_SELF: 446,
  MADVISE: ARM ? 233 : 28,
  MKDIRAT: ARM ? 34 : 258,
  OPENAT: ARM ? 56 : 257,
  OPENAT2: 437,
  PPOLL: ARM ? 73 : 271,
  PRCTL: ARM ? 167 : 157,
  PREAD64: ARM ? 67 : 17,
  PWRITE64: ARM ? 68 : 18,
  READ: ARM ? 63 : 0,
  READLINKAT: ARM ? 78 : 267,
  STATX: ARM ? 291 : 332,
  SYMLINKAT: ARM ? 36 : 266,
  UNLINKAT: ARM ? 35 : 263,
  WRITE: ARM ? 64 : 1,
} as const;

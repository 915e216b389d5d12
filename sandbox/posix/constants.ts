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

/** Numbers of system calls that not every libc has a function for. */
export const Syscall = {
  GETDENTS64: ARM ? 61n : 217n,
  OPENAT2: 437n,
  LANDLOCK_CREATE_RULESET: 444n,
  LANDLOCK_ADD_RULE: 445n,
  LANDLOCK_RESTRICT_SELF: 446n,
} as const;

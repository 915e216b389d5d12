/** Linux errno numbers the helper decides by. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EFBIG: 27,
  EROFS: 30,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  EOPNOTSUPP: 95,
} as const;

const NAMES = {
  ...Errno,
  ESRCH: 3,
  E2BIG: 7,
  ENOMEM: 12,
  EXDEV: 18,
  ENODEV: 19,
  ENFILE: 23,
  EMFILE: 24,
  ETXTBSY: 26,
  ENOSPC: 28,
  ESPIPE: 29,
  EMLINK: 31,
  EPIPE: 32,
  EOVERFLOW: 75,
  EILSEQ: 84,
  ESTALE: 116,
  EDQUOT: 122,
} as const;

/** Texts of musl, which the original's binaries are built with. */
const TEXTS: Readonly<Record<number, string>> = {
  1: "Operation not permitted",
  2: "No such file or directory",
  3: "No such process",
  4: "Interrupted system call",
  5: "I/O error",
  6: "No such device or address",
  7: "Argument list too long",
  9: "Bad file descriptor",
  11: "Resource temporarily unavailable",
  12: "Out of memory",
  13: "Permission denied",
  14: "Bad address",
  16: "Resource busy",
  17: "File exists",
  18: "Cross-device link",
  19: "No such device",
  20: "Not a directory",
  21: "Is a directory",
  22: "Invalid argument",
  23: "Too many open files in system",
  24: "No file descriptors available",
  26: "Text file busy",
  27: "File too large",
  28: "No space left on device",
  29: "Invalid seek",
  30: "Read-only file system",
  31: "Too many links",
  32: "Broken pipe",
  36: "Filename too long",
  38: "Function not implemented",
  39: "Directory not empty",
  40: "Symbolic link loop",
  75: "Value too large for data type",
  84: "Illegal byte sequence",
  95: "Not supported",
  116: "Stale file handle",
  122: "Quota exceeded",
};

/** `Text (os error N)` for an errno number. */
export function errnoText(errno: number): string {
  return `${TEXTS[errno] ?? "No error information"} (os error ${errno})`;
}

/** The number of an errno name such as `ENOENT`, or undefined for one that is not known. */
export function errnoNumber(name: string): number | undefined {
  return (NAMES as Readonly<Record<string, number>>)[name];
}

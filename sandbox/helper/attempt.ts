import { Errno, errnoNumber } from "../posix/errno.ts";
import { OsError } from "../posix/os_error.ts";

const ERRNO_IN_TEXT = /\(os error (\d+)\)/;

/** Runs a call of Deno and gives its failure the form of a system call's. */
export function attempt<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toOsError(error);
  }
}

function toOsError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof Deno.errors.NotCapable) return new OsError(Errno.EACCES);
  if (error instanceof TypeError && /null bytes|NUL byte/i.test(error.message)) return new OsError(Errno.EINVAL);
  const named = "code" in error && typeof error.code === "string" ? errnoNumber(error.code) : undefined;
  const number = named ?? Number(ERRNO_IN_TEXT.exec(error.message)?.[1]);
  return Number.isInteger(number) ? new OsError(number) : error;
}

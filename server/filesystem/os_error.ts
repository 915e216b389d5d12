import { ErrorCode, internalError, invalidRequest, RpcError } from "../../protocol/mod.ts";
import { errnoNumber, errnoText } from "../../sandbox/posix/errno.ts";

const ENOENT = 2;
const REFUSALS: ReadonlySet<number> = new Set([1, 13, 22]); // EPERM, EACCES, EINVAL
const ERRNO_IN_TEXT = /^[^('/]*\(os error (\d+)\)/;
const NUL_IN_PATH = /NUL byte|null bytes/;

/**
 * The error of a failed system call by the name of its errno, such as `ENOENT`.
 *
 * Source: exec-server protocol, section 9.2.
 */
export function osError(name: string, options?: ErrorOptions): RpcError {
  return errnoError(errnoNumber(name) ?? 0, options);
}

/** Turns whatever a file operation threw into the error of the wire. */
export function toRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof TypeError && NUL_IN_PATH.test(text)) {
    return invalidRequest("file name contained an unexpected NUL byte");
  }
  const errno = errnoOf(error);
  return errno === undefined ? internalError(text, { cause: error }) : errnoError(errno, { cause: error });
}

/** Whether an error is the named errno. */
export function isErrno(error: unknown, name: string): boolean {
  const errno = errnoOf(error);
  return errno !== undefined && errno === errnoNumber(name);
}

function errnoError(errno: number, options?: ErrorOptions): RpcError {
  const code = errno === ENOENT
    ? ErrorCode.NotFound
    : REFUSALS.has(errno)
    ? ErrorCode.InvalidRequest
    : ErrorCode.Internal;
  return new RpcError(code, errnoText(errno), options);
}

/** Deno gives most errors a `code`; the rest (EFBIG among them) only say the number in their text. */
function errnoOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error && typeof error.code === "string" ? errnoNumber(error.code) : undefined;
  if (code !== undefined) return code;
  const number = ERRNO_IN_TEXT.exec(error.message)?.[1];
  return number === undefined ? undefined : Number(number);
}

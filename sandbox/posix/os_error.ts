import { ErrorCode, RpcError } from "../../protocol/errors.ts";
import { Errno, errnoText } from "./errno.ts";

/** A failed system call, with the code and the text it has on the wire. */
export class OsError extends RpcError {
  /** The number of the error. */
  readonly errno: number;

  /** Makes the error of a number. @param errno the number of the error */
  constructor(errno: number) {
    super(codeOf(errno), errnoText(errno));
    this.name = "OsError";
    this.errno = errno;
  }
}

/** What the policy answers: it looks like the error of a system call, but nothing was tried. */
export class Refusal extends OsError {}

/** Whether an error is that errno of a system call, and not an answer of the policy. */
export function isErrno(error: unknown, errno: number): boolean {
  return error instanceof OsError && error.errno === errno && !(error instanceof Refusal);
}

function codeOf(errno: number): number {
  if (errno === Errno.ENOENT) return ErrorCode.NotFound;
  const refused = errno === Errno.EPERM || errno === Errno.EACCES || errno === Errno.EINVAL;
  return refused ? ErrorCode.InvalidRequest : ErrorCode.Internal;
}

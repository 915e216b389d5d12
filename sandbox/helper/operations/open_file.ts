import { invalidRequest } from "../../../protocol/errors.ts";
import { TEXTS } from "../../../protocol/texts.ts";
import { isErrno } from "../../posix/os_error.ts";
import { Errno } from "../../posix/errno.ts";
import { openToRead, openToWrite } from "../files.ts";
import type { OperationContext, Parameters, Steps } from "../operation.ts";

/** Opens a regular file for block access; `replace` creates or truncates it at once. */
// deno-lint-ignore require-yield -- every operation is one, and this has nothing to wait for
export function* openFile({ path, mode }: Parameters, context: OperationContext): Steps {
  const { files } = context;
  const locate = () => context.walker.resolve(path, "all");
  const refusal = invalidRequest(TEXTS.notAFile(path));
  if (mode !== "replace") return { handle: files.add(openToRead(context, locate, refusal)) };
  try {
    const file = openToWrite(context, locate, 0o666);
    const handle = files.add(file);
    if (file.facts.size > 0) file.truncate(0);
    return { handle };
  } catch (error) {
    throw isErrno(error, Errno.ENXIO) ? refusal : error;
  }
}

/** Reads a block of an open file; fewer bytes than asked for mean its end. */
// deno-lint-ignore require-yield -- every operation is one, and this has nothing to wait for
export function* readBlock(parameters: Parameters, { files, block, part }: OperationContext): Steps {
  const file = files.get(parameters.handle);
  const into = block.subarray(0, parameters.length);
  let filled = 0;
  while (filled < into.length) {
    const count = file.read(into.subarray(filled), (parameters.offset ?? 0) + filled);
    if (count === 0) break;
    filled += count;
  }
  part(undefined, into.subarray(0, filled));
  return {};
}

/** Writes a block of an open file. */
// deno-lint-ignore require-yield -- every operation is one, and this has nothing to wait for
export function* writeBlock({ handle, offset }: Parameters, { files }: OperationContext, body: Uint8Array): Steps {
  files.get(handle).write(body, offset ?? 0);
  return {};
}

/** Closes an open file. */
// deno-lint-ignore require-yield -- every operation is one, and this has nothing to wait for
export function* closeFile({ handle }: Parameters, { files }: OperationContext): Steps {
  files.close(handle);
  return {};
}

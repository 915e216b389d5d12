import { invalidRequest } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { TEXTS } from "../../../protocol/texts.ts";
import { openToRead } from "../files.ts";
import type { OperationContext, Parameters, Steps } from "../operation.ts";

const BLOCK_BYTES = 256 * 1024;

/** Reads a whole regular file; the last part comes with the end. */
export function* readFile({ path, follow }: Parameters, context: OperationContext): Steps {
  const refusal = invalidRequest(follow === false ? TEXTS.notRegularFile : TEXTS.notAFile(path));
  const file = openToRead(context, () => context.walker.resolve(path, follow === false ? "never" : "all"), refusal);
  const block = context.block.subarray(0, BLOCK_BYTES);
  try {
    const { size } = file.facts;
    if (size > LIMITS.maxReadFileBytes) throw invalidRequest(TEXTS.tooLargeToRead(LIMITS.maxReadFileBytes));
    for (let offset = 0;;) {
      const count = file.read(block, offset);
      if (count === 0) return {};
      offset += count;
      if (offset > LIMITS.maxReadFileBytes) throw invalidRequest(TEXTS.tooLargeToRead(LIMITS.maxReadFileBytes));
      context.part(offset === count ? { size } : undefined, block.subarray(0, count));
      // a file in /proc has size 0 and gives its content in pieces
      if (offset === size && count < block.length) return {};
      if (count >= block.length / 2) yield;
    }
  } finally {
    file.close();
  }
}

import type { Operation } from "./operation.ts";
import { canonicalize } from "./operations/canonicalize.ts";
import { copy } from "./operations/copy.ts";
import { createDirectory } from "./operations/create_directory.ts";
import { getMetadata } from "./operations/get_metadata.ts";
import { closeFile, openFile, readBlock, writeBlock } from "./operations/open_file.ts";
import { readDirectory } from "./operations/read_directory.ts";
import { readFile } from "./operations/read_file.ts";
import { remove } from "./operations/remove.ts";
import { walk } from "./operations/walk.ts";

/** All operations but `writeFile`, whose content comes in parts. */
export const OPERATIONS = {
  readFile,
  createDirectory,
  getMetadata,
  canonicalize,
  readDirectory,
  walk,
  remove,
  copy,
  open: openFile,
  readBlock,
  writeBlock,
  close: closeFile,
} as const satisfies Record<string, Operation>;

/** The name of an operation. */
export type OperationName = keyof typeof OPERATIONS | "writeFile";

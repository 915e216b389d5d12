import { RpcError } from "../protocol/mod.ts";

/** The text of an error as people know it from the original: refusals of the server name their code. */
export function errorText(error: unknown): string {
  if (error instanceof RpcError) return `exec-server rejected request (${error.code}): ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

import { decodeBase64 } from "../protocol/mod.ts";
import { ClientError } from "./errors.ts";

/** Bytes of an answer. @param what begins the text of the error; @throws {ClientError} "invalidAnswer" */
export function decodeAnswer(what: string, base64: string): Uint8Array<ArrayBuffer> {
  try {
    return decodeBase64(base64);
  } catch (cause) {
    throw new ClientError("invalidAnswer", `${what}: ${(cause as Error).message}`, { cause });
  }
}

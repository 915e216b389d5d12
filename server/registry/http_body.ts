import { LIMITS } from "../../protocol/mod.ts";
import type { ByteStream } from "../byte_stream.ts";
import type { HttpHead } from "../http_head.ts";
import { RegistryFault } from "./registry_fault.ts";

/**
 * Reads the body of a request, which has to tell its length.
 *
 * @throws {RegistryFault} 411, 413, or 400 when it ends early
 */
export async function readHttpBody(stream: ByteStream, { headers, rest }: HttpHead): Promise<Uint8Array> {
  if (headers.has("transfer-encoding")) throw new RegistryFault(411, "length_required", "the body has no length");
  const text = headers.get("content-length") ?? "0";
  if (!/^\d{1,15}$/.test(text)) throw new RegistryFault(400, "invalid_request", "malformed content-length");
  const length = Number(text);
  if (length > LIMITS.maxRegistryRequestBytes) {
    throw new RegistryFault(413, "too_large", `a body may have ${LIMITS.maxRegistryRequestBytes} bytes`);
  }
  const body = new Uint8Array(length);
  let filled = Math.min(rest.length, length);
  body.set(rest.subarray(0, filled));
  while (filled < length) {
    const count = await stream.read(body.subarray(filled));
    if (count === null) throw new RegistryFault(400, "invalid_request", "the body ended early");
    filled += count;
  }
  return body;
}

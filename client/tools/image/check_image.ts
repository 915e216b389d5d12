import { imageSize } from "image-size";
import { ToolError } from "../tool_error.ts";

/** Types a model can look at, by the name of the decoder. */
const MIME_TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
};
/** A larger image would take more than 256 MiB to decode. */
const MAX_PIXELS = 64 * 1024 * 1024;
const TIME_LIMIT_MS = 20_000;

/** Program of the decoding thread, from the first image on: in a bundle it is made then from the text it is kept as. */
let decoder: URL | string | undefined;

/**
 * The type of an image that decodes completely.
 *
 * @returns undefined for everything else
 * @throws {ToolError} when the decoder cannot run
 */
export async function checkImage(bytes: Uint8Array): Promise<string | undefined> {
  const mimeType = announcedType(bytes);
  return mimeType !== undefined && await decodes(bytes) ? mimeType : undefined;
}

/** What the first bytes say, when what follows may be decoded. */
function announcedType(bytes: Uint8Array): string | undefined {
  try {
    const { type = "", width, height } = imageSize(bytes);
    return width * height <= MAX_PIXELS && Object.hasOwn(MIME_TYPES, type) ? MIME_TYPES[type] : undefined;
  } catch {
    return undefined;
  }
}

async function decodes(bytes: Uint8Array): Promise<boolean> {
  decoder ??= new URL("./decode_worker.ts", import.meta.url);
  const worker = new Worker(decoder, { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), TIME_LIMIT_MS);
  worker.onmessage = ({ data }: MessageEvent<boolean>) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new ToolError("unable to process image: the decoder does not run here"));
  };
  worker.postMessage(bytes);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}

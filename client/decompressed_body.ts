const FORMATS: Readonly<Record<string, CompressionFormat>> = {
  "gzip": "gzip",
  "x-gzip": "gzip",
  "deflate": "deflate",
};

/**
 * The body as `fetch` gives it: decompressed, with the headers that described the compressed one removed. Executors pass
 * bodies on as they are; what is compressed otherwise stays so.
 */
export function decompressed(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  headers: Headers,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const format = FORMATS[headers.get("content-encoding")?.trim().toLowerCase() ?? ""];
  if (format === undefined) return body;
  headers.delete("content-encoding");
  headers.delete("content-length");
  return body.pipeThrough(new DecompressionStream(format));
}

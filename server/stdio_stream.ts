import type { ByteStream } from "./byte_stream.ts";

/** This process's stdin and stdout as one stream. */
export function stdioStream(): ByteStream {
  return {
    read: (buffer) => Deno.stdin.read(buffer),
    write: (bytes) => Deno.stdout.write(bytes),
    close: () => {
      Deno.stdin.close();
      Deno.stdout.close();
    },
  };
}

/** What a connection needs of a socket: TCP, TLS and unix sockets of Deno all have it. */
export interface ByteStream {
  /** Reads into the buffer. @returns the number of bytes, null at the end */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes some bytes. @returns how many */
  write(bytes: Uint8Array): Promise<number>;
  /** Releases the socket; pending calls fail. */
  close(): void;
}

/** Writes all bytes. */
export async function writeAll(stream: ByteStream, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
}

/** Releases the socket, whether or not the peer was faster. */
export function closeQuietly(stream: ByteStream): void {
  try {
    stream.close();
  } catch {
    // closed already
  }
}

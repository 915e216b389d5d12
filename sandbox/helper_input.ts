import { type Frame, FrameDecoder } from "./helper/frame.ts";

const BUFFER_BYTES = 64 * 1024;
const LARGE_BUFFER_BYTES = 1024 * 1024;

/** Reads frames of a helper until it ends. @param take must copy what it keeps of a body */
export async function readFrames(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (frame: Frame) => void,
): Promise<void> {
  const decoder = new FrameDecoder(BUFFER_BYTES);
  const reader = stdout.getReader({ mode: "byob" });
  let buffer = new Uint8Array(BUFFER_BYTES);
  for (;;) {
    const { value, done } = await reader.read(buffer);
    if (done) return;
    let rest: Uint8Array = value;
    while (rest.length > 0) {
      const room = decoder.room();
      const piece = rest.subarray(0, room.length);
      room.set(piece);
      decoder.filled(piece.length);
      rest = rest.subarray(piece.length);
      for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) take(frame);
    }
    // a full buffer means that more is coming
    const full = value.length === value.buffer.byteLength;
    buffer = full && value.length < LARGE_BUFFER_BYTES
      ? new Uint8Array(LARGE_BUFFER_BYTES)
      : new Uint8Array(value.buffer as ArrayBuffer);
  }
}

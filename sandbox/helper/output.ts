import { FRAME_HEAD_BYTES, type FrameKindValue, MAX_BODY_BYTES, writeHead } from "./frame.ts";

const BUFFER_BYTES = MAX_BODY_BYTES + 64 * 1024;
const encoder = new TextEncoder();

/** Collects frames and writes them together, so that a small answer costs one call. */
export class Output {
  readonly #write: (bytes: Uint8Array) => void;
  #buffer = new Uint8Array(BUFFER_BYTES);
  #filled = 0;

  /** Collects for a function that writes everything before it returns. */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  /** Adds a frame. */
  send(id: number, kind: FrameKindValue, header: string, body?: Uint8Array): void {
    const most = FRAME_HEAD_BYTES + header.length * 3 + (body?.length ?? 0);
    if (this.#filled + most > this.#buffer.length) this.flush();
    if (most > this.#buffer.length) this.#buffer = new Uint8Array(most);
    const frame = this.#buffer.subarray(this.#filled);
    const { written } = encoder.encodeInto(header, frame.subarray(FRAME_HEAD_BYTES));
    if (body !== undefined) frame.set(body, FRAME_HEAD_BYTES + written);
    writeHead(frame, id, kind, written, body?.length ?? 0);
    this.#filled += FRAME_HEAD_BYTES + written + (body?.length ?? 0);
  }

  /** Writes what was collected. */
  flush(): void {
    if (this.#filled === 0) return;
    this.#write(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
    if (this.#buffer.length > BUFFER_BYTES) this.#buffer = new Uint8Array(BUFFER_BYTES);
  }
}

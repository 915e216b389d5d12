/** What a frame is for. Requests have names of operations in their header. */
export const FrameKind = {
  /** Server to helper: starts an operation. */
  Request: 0,
  /** Server to helper: more content for an operation; an empty one ends it. */
  Content: 1,
  /** Helper to server: a part of the answer. */
  Part: 2,
  /** Helper to server: the end of the answer. */
  Done: 3,
  /** Helper to server: the operation failed. */
  Failed: 4,
  /** Helper to server: nothing was done; it takes a new helper. */
  Stale: 5,
  /** Helper to server, with id 0: something for the next helper to know. */
  News: 6,
  /** Server to helper: the operation is no longer wanted; it stops where it is and is answered as failed. */
  Cancel: 7,
} as const;

/** One of {@linkcode FrameKind}. */
export type FrameKindValue = (typeof FrameKind)[keyof typeof FrameKind];

/** One message between server and helper. */
export interface Frame {
  /** Which operation it belongs to. */
  readonly id: number;
  readonly kind: FrameKindValue;
  /** JSON, or "" for none. */
  readonly header: string;
  /** Content; a view that the next read may overwrite. */
  readonly body: Uint8Array;
}

/** Bytes before header and body: length of both, id, kind, length of the header. */
export const FRAME_HEAD_BYTES = 16;

/** Most bytes of one body, so that no content keeps a small call waiting. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** A longer frame is not what the other side would send. */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Encodes one frame. */
export function encodeFrame(
  id: number,
  kind: FrameKindValue,
  header: string,
  body: Uint8Array | undefined,
): Uint8Array<ArrayBuffer> {
  const bodyBytes = body?.length ?? 0;
  const frame = new Uint8Array(FRAME_HEAD_BYTES + header.length * 3 + bodyBytes);
  const headerBytes = encoder.encodeInto(header, frame.subarray(FRAME_HEAD_BYTES)).written;
  writeHead(frame, id, kind, headerBytes, bodyBytes);
  if (body !== undefined) frame.set(body, FRAME_HEAD_BYTES + headerBytes);
  return frame.subarray(0, FRAME_HEAD_BYTES + headerBytes + bodyBytes);
}

/** Writes the first bytes of a frame. */
export function writeHead(
  into: Uint8Array,
  id: number,
  kind: FrameKindValue,
  headerBytes: number,
  bodyBytes: number,
): void {
  const view = new DataView(into.buffer, into.byteOffset);
  view.setUint32(0, headerBytes + bodyBytes, true);
  view.setUint32(4, id, true);
  view.setUint32(8, kind, true);
  view.setUint32(12, headerBytes, true);
}

/** Cuts a stream of bytes into frames. The bytes are put straight into its buffer. */
export class FrameDecoder {
  #buffer: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #start = 0;
  #end = 0;

  /** Begins with a buffer of this size, which grows when a frame needs it. */
  constructor(bytes = MAX_BODY_BYTES + 64 * 1024) {
    this.#buffer = new Uint8Array(bytes);
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** Where the next bytes go. Bodies returned before are no longer valid. */
  room(): Uint8Array<ArrayBuffer> {
    const missing = this.#needed() - (this.#end - this.#start);
    if (this.#start > 0 && (this.#start === this.#end || this.#buffer.length - this.#end < Math.max(missing, 1))) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    if (this.#buffer.length - this.#end < Math.max(missing, 1)) this.#grow(this.#end + missing);
    return this.#buffer.subarray(this.#end);
  }

  /** Says how many bytes were put there. */
  filled(count: number): void {
    this.#end += count;
  }

  /** The next whole frame, or undefined. @throws {RangeError} for one that is too long */
  next(): Frame | undefined {
    if (this.#end - this.#start < this.#needed()) return undefined;
    const at = this.#start;
    const headerAt = at + FRAME_HEAD_BYTES;
    const bodyAt = headerAt + this.#view.getUint32(at + 12, true);
    this.#start = headerAt + this.#view.getUint32(at, true);
    return {
      id: this.#view.getUint32(at + 4, true),
      kind: this.#view.getUint32(at + 8, true) as FrameKindValue,
      header: decoder.decode(this.#buffer.subarray(headerAt, bodyAt)),
      body: this.#buffer.subarray(bodyAt, this.#start),
    };
  }

  #needed(): number {
    if (this.#end - this.#start < FRAME_HEAD_BYTES) return FRAME_HEAD_BYTES;
    const length = this.#view.getUint32(this.#start, true);
    if (length > MAX_FRAME_BYTES) throw new RangeError(`Cannot take a frame of ${length} bytes`);
    return FRAME_HEAD_BYTES + length;
  }

  #grow(bytes: number): void {
    const larger = new Uint8Array(bytes);
    larger.set(this.#buffer.subarray(0, this.#end));
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}

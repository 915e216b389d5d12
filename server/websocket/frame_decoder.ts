import { concatBytes, LIMITS } from "../../protocol/mod.ts";
import { Opcode } from "./frame.ts";

/** A client broke RFC 6455 or a limit: the connection is closed with this code. */
export class WebSocketError extends Error {
  /** The close code (RFC 6455 section 7.4.1). */
  readonly closeCode: number;

  /** @param closeCode 1002, 1007 or 1009; @param message the close reason */
  constructor(closeCode: number, message: string) {
    super(message);
    this.name = "WebSocketError";
    this.closeCode = closeCode;
  }
}

/** What the decoder hands out. */
export type WebSocketEvent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "binary"; readonly bytes: Uint8Array }
  | { readonly kind: "ping" | "pong"; readonly bytes: Uint8Array }
  | { readonly kind: "close"; readonly code: number | undefined };

interface Header {
  readonly fin: boolean;
  readonly opcode: number;
  /** Little-endian. */
  readonly mask: number;
  readonly length: number;
}

const NONE: Uint8Array = new Uint8Array(0);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes the frames a client sends (RFC 6455 section 5), reassembles messages and enforces both size limits. */
export class FrameDecoder {
  readonly #maxMessageBytes: number;
  readonly #maxFrameBytes: number;
  #pending: Uint8Array = NONE;
  #header: Header | undefined;
  #payload: Uint8Array | undefined;
  #filled = 0;
  #fragments: Uint8Array[] = [];
  #fragmentOpcode: number | undefined;
  #messageBytes = 0;

  /** @param maxMessageBytes bytes of one message, and of one frame where that is less */
  constructor(maxMessageBytes: number = LIMITS.maxMessageBytes) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#maxFrameBytes = Math.min(LIMITS.maxFrameBytes, maxMessageBytes);
  }

  /**
   * Takes the next bytes of the stream, and overwrites them.
   *
   * @param emit gets the events they complete, in order
   * @throws {WebSocketError} when the connection has to be closed
   */
  push(chunk: Uint8Array, emit: (event: WebSocketEvent) => void): void {
    let rest = chunk;
    while (true) {
      if (this.#header === undefined) {
        const bytes = this.#pending.length === 0 ? rest : concatBytes([this.#pending, rest]);
        const size = headerLength(bytes);
        if (bytes.length < size) {
          this.#pending = bytes.slice();
          return;
        }
        this.#pending = NONE;
        this.#begin(parseHeader(bytes, size));
        rest = bytes.subarray(size);
      }
      const header = this.#header as unknown as Header;
      const missing = header.length - this.#filled;
      const part = rest.length <= missing ? rest : rest.subarray(0, missing);
      const payload = this.#whole(header, part);
      if (payload === undefined) return;
      rest = rest.subarray(part.length);
      this.#header = undefined;
      this.#payload = undefined;
      this.#filled = 0;
      unmask(payload, header.mask);
      const event = this.#frame(header, payload);
      if (event !== undefined) emit(event);
      if (rest.length === 0) return;
    }
  }

  #begin(header: Header): void {
    const control = header.opcode >= Opcode.Close;
    if (control) {
      if (!header.fin || header.length > 125) throw new WebSocketError(1002, "control frame too long or fragmented");
      if (header.opcode > Opcode.Pong) throw new WebSocketError(1002, "unknown opcode");
    } else {
      if (header.opcode > Opcode.Binary) throw new WebSocketError(1002, "unknown opcode");
      if (header.length > this.#maxFrameBytes) throw new WebSocketError(1009, "frame too large");
      const started = this.#fragmentOpcode !== undefined;
      if (started !== (header.opcode === Opcode.Continuation)) {
        throw new WebSocketError(1002, "unexpected continuation");
      }
      this.#messageBytes += header.length;
      if (this.#messageBytes > this.#maxMessageBytes) throw new WebSocketError(1009, "message too large");
    }
    this.#header = header;
  }

  /** The payload, once this part completes it. */
  #whole(header: Header, part: Uint8Array): Uint8Array | undefined {
    // what becomes a text at once needs no memory of its own
    if (part.length === header.length && header.fin && header.opcode === Opcode.Text) return part;
    this.#payload ??= new Uint8Array(header.length);
    this.#payload.set(part, this.#filled);
    this.#filled += part.length;
    return this.#filled === header.length ? this.#payload : undefined;
  }

  #frame(header: Header, payload: Uint8Array): WebSocketEvent | undefined {
    if (header.opcode === Opcode.Close) return { kind: "close", code: closeCode(payload) };
    if (header.opcode === Opcode.Ping) return { kind: "ping", bytes: payload };
    if (header.opcode === Opcode.Pong) return { kind: "pong", bytes: payload };
    if (!header.fin) {
      if (header.opcode !== Opcode.Continuation) this.#fragmentOpcode = header.opcode;
      this.#fragments.push(payload);
      return undefined;
    }
    const opcode = this.#fragmentOpcode ?? header.opcode;
    let bytes = payload;
    if (this.#fragments.length > 0) {
      bytes = concatBytes([...this.#fragments, payload]);
      this.#fragments = [];
    }
    this.#fragmentOpcode = undefined;
    this.#messageBytes = 0;
    if (opcode === Opcode.Binary) return { kind: "binary", bytes };
    try {
      return { kind: "text", text: utf8.decode(bytes) };
    } catch {
      throw new WebSocketError(1007, "text frame is not UTF-8");
    }
  }
}

/** Bytes the header takes, as far as `bytes` tells. */
function headerLength(bytes: Uint8Array): number {
  if (bytes.length < 2) return 2;
  if (((bytes[1] as number) & 0x80) === 0) throw new WebSocketError(1002, "client frames must be masked");
  const length = (bytes[1] as number) & 0x7f;
  return 6 + (length === 126 ? 2 : length === 127 ? 8 : 0);
}

function parseHeader(bytes: Uint8Array, size: number): Header {
  const first = bytes[0] as number;
  if ((first & 0x70) !== 0) throw new WebSocketError(1002, "reserved bits are set");
  let length = (bytes[1] as number) & 0x7f;
  if (length >= 126) {
    length = 0;
    for (let i = 2; i < size - 4; i++) length = length * 256 + (bytes[i] as number);
  }
  let mask = 0;
  for (let i = 1; i <= 4; i++) mask = (mask << 8) | (bytes[size - i] as number);
  return { fin: (first & 0x80) !== 0, opcode: first & 0x0f, mask, length };
}

function unmask({ buffer, byteOffset, length }: Uint8Array, mask: number): void {
  // whole words lie at multiples of their size
  const aligned = (byteOffset + 3) & ~3;
  const words = (byteOffset + length - aligned) >> 2;
  if (words <= 0) return unmaskBytes(new Uint8Array(buffer, byteOffset, length), mask, 0);
  const before = aligned - byteOffset;
  const turned = before === 0 ? mask : (mask >>> (before << 3)) | (mask << (32 - (before << 3)));
  const view = new Uint32Array(buffer, aligned, words);
  for (let i = 0; i < words; i++) view[i] = (view[i] as number) ^ turned;
  unmaskBytes(new Uint8Array(buffer, byteOffset, before), mask, 0);
  const done = before + words * 4;
  unmaskBytes(new Uint8Array(buffer, byteOffset + done, length - done), mask, done);
}

/** @param index place of the first of these bytes in the payload */
function unmaskBytes(bytes: Uint8Array, mask: number, index: number): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] as number) ^ (mask >> (((index + i) & 3) << 3));
}

function closeCode(payload: Uint8Array): number | undefined {
  if (payload.length < 2) return undefined;
  return ((payload[0] as number) << 8) | (payload[1] as number);
}

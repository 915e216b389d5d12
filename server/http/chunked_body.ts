import { LIMITS } from "../../protocol/mod.ts";
import { HttpFailure } from "./http_failure.ts";

const CR = 13, LF = 10, SEMICOLON = 0x3b, SPACE = 0x20, TAB = 0x09;

type State =
  | "size"
  | "sizeBlank"
  | "extension"
  | "sizeEnd"
  | "data"
  | "dataEnd"
  | "dataLf"
  | "trailer"
  | "trailerLine"
  | "trailerLf"
  | "endLf"
  | "done";

/**
 * A body in chunks (RFC 9112 section 7.1). Extensions and trailers are dropped. The chunks of one read are moved
 * together in its memory, so that many small ones make one piece.
 */
export class ChunkedBody {
  #state: State = "size";
  #size = 0;
  #digits = 0;
  #overhead = 0;
  surplus = false;

  /** Whether the last chunk and the trailers have come. */
  get done(): boolean {
    return this.#state === "done";
  }

  /** Takes the next bytes. @returns the data in them, at the front of the same memory; @throws {HttpFailure} */
  decode(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    let written = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.#state === "data") {
        const count = Math.min(this.#size, bytes.length - at);
        if (written !== at) bytes.copyWithin(written, at, at + count);
        written += count;
        at += count;
        this.#size -= count;
        if (this.#size === 0) this.#state = "dataEnd";
      } else if (this.#state === "done") {
        this.surplus = true;
        break;
      } else {
        this.#state = this.#next(bytes[at++] as number);
      }
    }
    return bytes.subarray(0, written);
  }

  /** The connection has ended. @throws {HttpFailure} when the last chunk is missing */
  end(): void {
    if (!this.done) throw new HttpFailure("closed");
  }

  #next(byte: number): State {
    switch (this.#state) {
      case "size":
        return this.#sizeByte(byte);
      case "sizeBlank":
        if (byte === SPACE || byte === TAB) return this.#count("sizeBlank");
        if (byte === SEMICOLON) return "extension";
        return expect(byte, CR, "sizeEnd");
      case "extension":
        if (byte === CR) return "sizeEnd";
        if (byte === LF) throw new HttpFailure("protocol");
        return this.#count("extension");
      case "sizeEnd":
        this.#digits = 0;
        return expect(byte, LF, this.#size === 0 ? "trailer" : "data");
      case "dataEnd":
        return expect(byte, CR, "dataLf");
      case "dataLf":
        return expect(byte, LF, "size");
      case "trailer":
        return byte === CR ? "endLf" : this.#count("trailerLine");
      case "trailerLine":
        return byte === CR ? "trailerLf" : this.#count("trailerLine");
      case "trailerLf":
        return expect(byte, LF, "trailer");
      default:
        return expect(byte, LF, "done");
    }
  }

  #sizeByte(byte: number): State {
    const digit = hexDigit(byte);
    if (digit !== undefined) {
      // beyond 2^52 bytes numbers are not exact; nobody sends that much
      if (++this.#digits > 13) throw new HttpFailure("protocol");
      this.#size = this.#size * 16 + digit;
      return "size";
    }
    if (this.#digits === 0) throw new HttpFailure("protocol");
    if (byte === SPACE || byte === TAB) return this.#count("sizeBlank");
    if (byte === SEMICOLON) return "extension";
    return expect(byte, CR, "sizeEnd");
  }

  #count(state: State): State {
    if (++this.#overhead > LIMITS.maxHttpChunkOverheadBytes) throw new HttpFailure("protocol");
    return state;
  }
}

function expect(byte: number, expected: number, next: State): State {
  if (byte !== expected) throw new HttpFailure("protocol");
  return next;
}

function hexDigit(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined;
}

import { NoiseError } from "./noise_error.ts";

/** Takes a handshake message apart, from its beginning. */
export class MessageParts {
  #rest: Uint8Array<ArrayBuffer>;

  /** @param message as it came */
  constructor(message: Uint8Array) {
    this.#rest = new Uint8Array(message);
  }

  /** The next part. @param length bytes @throws {NoiseError} when there are fewer */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (this.#rest.length < length) throw new NoiseError("the message is too short");
    const part = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return part;
  }

  /** What is left. */
  rest(): Uint8Array<ArrayBuffer> {
    return this.take(this.#rest.length);
  }
}

import type { Frame } from "./helper/frame.ts";

/** One request on its way: collects the parts of the answer. */
export class HelperCall<T> {
  /** Resolves with the result. */
  readonly result: Promise<T>;
  readonly #settle: PromiseWithResolvers<T>;
  readonly #finish: (end: unknown, call: HelperCall<T>) => T;
  readonly #items: unknown[] = [];
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;

  /** Begins to wait. @param finish makes the result of the last header and what was collected */
  constructor(finish: (end: unknown, call: HelperCall<T>) => T) {
    this.#settle = Promise.withResolvers();
    this.result = this.#settle.promise;
    this.#finish = finish;
  }

  /** All items of parts that were lists. */
  get items(): unknown[] {
    return this.#items;
  }

  /** All content. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes?.subarray(0, this.#filled) ?? new Uint8Array();
  }

  /** Takes a part of the answer. */
  part({ header, body }: Frame): void {
    const value: unknown = header === "" ? undefined : JSON.parse(header);
    if (Array.isArray(value)) { for (const item of value) this.#items.push(item); }
    if (body.length === 0) return;
    const size = typeof value === "object" && value !== null && "size" in value ? Number(value.size) : 0;
    this.#bytes ??= new Uint8Array(Math.max(size, body.length));
    if (this.#filled + body.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#filled + body.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(body, this.#filled);
    this.#filled += body.length;
  }

  /** Takes the end of the answer. */
  done(header: string): void {
    this.#settle.resolve(this.#finish(header === "" ? undefined : JSON.parse(header), this));
  }

  /** Ends the call without a result. */
  fail(error: Error): void {
    this.#settle.reject(error);
  }
}

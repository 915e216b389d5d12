import type { FileHandle, MethodName, ParamsOf, ResultOf } from "../protocol/mod.ts";
import { decodeAnswer } from "./decode_answer.ts";

/** Sends a request on the connection that owns the handle. */
type Call = <M extends MethodName>(method: M, params: ParamsOf<M>) => Promise<ResultOf<M>>;

/** An open file behind an exec-server; it ends with its connection. */
export class RemoteFileHandle implements FileHandle {
  readonly #handleId: string;
  readonly #call: Call;

  /** Wraps what `fs/open` opened. @param handleId its id; @param call sends requests */
  constructor(handleId: string, call: Call) {
    this.#handleId = handleId;
    this.#call = call;
  }

  /** Reads at most `length` bytes at `offset`; fewer mean the end of the file. */
  async readBlock(offset: number, length: number): Promise<Uint8Array> {
    const { chunk } = await this.#call("fs/readBlock", { handleId: this.#handleId, offset, len: length });
    return decodeAnswer("remote fs/readBlock returned invalid base64 chunk", chunk);
  }

  /** Writes all bytes at `offset`. */
  async writeBlock(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#call("fs/writeBlock", { handleId: this.#handleId, offset, chunk: bytes.toBase64() });
  }

  /** Releases the descriptor; safe to call more than once. */
  async close(): Promise<void> {
    await this.#call("fs/close", { handleId: this.#handleId });
  }
}

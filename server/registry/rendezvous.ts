import type { BinaryTransport } from "../../protocol/mod.ts";

/** Where an executor meets its clients; `R` says how it speaks. */
export interface Rendezvous {
  /** Whether an executor is there. */
  readonly present: boolean;
  /** Whether an executor is there and takes another client. */
  readonly open: boolean;
  /** An executor arrived; one that was there before is closed. Resolves when it is gone. */
  executor(socket: BinaryTransport): Promise<void>;
  /** A client arrived while {@linkcode open}. Resolves when it is gone. */
  client(socket: BinaryTransport): Promise<void>;
  /** Ends every websocket. */
  close(): Promise<void>;
}

import type { OutgoingMessage } from "./encode_message.ts";

/** Why a transport is closed on purpose: a websocket close code (RFC 6455 section 7.4) and a short reason. */
export interface CloseReason {
  /** 1000 normal, 1001 going away, 1002 protocol error, 1007 bad data, 1009 too big, 1013 try again later. */
  readonly code: number;
  /** At most 123 bytes of UTF-8. */
  readonly text: string;
}

/** One received message: text, bytes where the framing does not promise UTF-8, or why it could not be read. */
export type IncomingFrame = string | Uint8Array | Error;

/**
 * A two-way stream of whole messages. Implementations: websocket, lines on a byte stream, linked memory.
 *
 * Contract: messages arrive in the order sent. `messages` may be iterated once and ends when the transport is closed by
 * either side; it does not throw. While nobody asks for the next message, the transport reads ahead a bounded amount
 * only, so a slow consumer slows its peer.
 */
export interface Transport {
  /** Names the transport in texts: `websocket 127.0.0.1:59266`, `stdio`. */
  readonly label: string;
  /** Incoming messages. */
  readonly messages: AsyncIterable<IncomingFrame>;
  /** Resolves when no further message will come, even while earlier ones wait to be taken; absent when not known. */
  readonly ended?: Promise<void>;
  /** Why it ended, once it has and if not by a regular close; absent when not known. */
  readonly failure?: string | undefined;
  /** Whether answers still reach the peer after it has sent its last message. */
  readonly answersAfterEnd: boolean;
  /** Bytes sent but not yet taken by the peer's socket. */
  readonly queuedBytes: number;
  /** Queues a message; does nothing once the transport is closed. @throws {RpcError} when it is too long to be carried */
  send(message: OutgoingMessage): void;
  /** Resolves when {@linkcode queuedBytes} is at or below the low-water mark, or the transport is closed. */
  drained(): Promise<void>;
  /** Sends what is queued as far as the peer takes it, then closes. Safe to call more than once. */
  close(reason?: CloseReason): Promise<void>;
}

/** A transport that also takes messages of bytes: a websocket. Incoming ones are among `messages` as bytes. */
export interface BinaryTransport extends Transport {
  /** Queues a message of bytes; does nothing once the transport is closed. */
  sendBytes(bytes: Uint8Array): void;
}

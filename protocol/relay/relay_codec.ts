/** How the messages of a relay stream become payloads of `data` frames, and the other way round. */
export interface RelayCodec {
  /** A longer message cannot be sent, bytes. */
  readonly maxMessageBytes: number;
  /** Bytes received of which no message was made yet. */
  readonly heldBytes: number;
  /** Payloads of the next frames. @param seq number of the first of them @throws {Error} when no further frame may be sent */
  encode(message: Uint8Array, seq: number): Iterable<Uint8Array>;
  /** Messages that are complete with this frame. @throws {Error} when the stream cannot go on */
  decode(seq: number, payload: Uint8Array): readonly Uint8Array[];
}

/** A message is a payload; frames are taken as they come (environments, section 6.4). */
export const PLAIN_RELAY: RelayCodec = {
  maxMessageBytes: Number.MAX_SAFE_INTEGER,
  heldBytes: 0,
  encode: (message) => [message],
  decode: (_seq, payload) => [payload],
};

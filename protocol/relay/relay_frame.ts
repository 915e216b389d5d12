import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { LIMITS } from "../limits.ts";

const VERSION = 1;
/** Field numbers of `RelayMessageFrame` in package `codex.exec_server.relay.v1`. */
const Field = { version: 1, streamId: 2, data: 5, ack: 6, resume: 7, reset: 8, heartbeat: 9, handshake: 10 } as const;
const EMPTY = new Uint8Array(0);

/** What a relay frame says to its stream. */
export type RelayBody =
  | { readonly kind: "data"; readonly seq: number; readonly payload: Uint8Array }
  | { readonly kind: "resume"; readonly nextSeq: number }
  | { readonly kind: "reset"; readonly reason: string }
  | { readonly kind: "handshake"; readonly payload: Uint8Array }
  | { readonly kind: "ack" | "heartbeat" };

/** One message on a rendezvous websocket, for one of the logical connections it carries. */
export interface RelayFrame {
  /** Names the logical connection; at most 128 bytes. */
  readonly streamId: string;
  /** What it says. */
  readonly body: RelayBody;
}

/** A frame that breaks the format; it is dropped, the others go on. */
export class RelayFrameError extends Error {
  /** Makes an error. @param message what is wrong with it */
  constructor(message: string) {
    super(message);
    this.name = "RelayFrameError";
  }
}

/**
 * Encodes a relay frame; fields that are zero are left out, as proto3 does.
 *
 * Source: environments, section 6.4.
 */
export function encodeRelayFrame({ streamId, body }: RelayFrame): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(Field.version, WireType.Varint).uint32(VERSION);
  writer.tag(Field.streamId, WireType.LengthDelimited).string(streamId);
  writer.tag(Field[body.kind], WireType.LengthDelimited).fork();
  switch (body.kind) {
    case "data":
      if (body.seq !== 0) writer.tag(1, WireType.Varint).uint32(body.seq);
      writer.tag(3, WireType.Varint).uint32(1);
      writer.tag(4, WireType.LengthDelimited).bytes(body.payload);
      break;
    case "resume":
      if (body.nextSeq !== 0) writer.tag(1, WireType.Varint).uint32(body.nextSeq);
      break;
    case "reset":
      writer.tag(1, WireType.LengthDelimited).string(body.reason);
      break;
    case "handshake":
      writer.tag(1, WireType.LengthDelimited).bytes(body.payload);
      break;
  }
  return writer.join().finish();
}

/**
 * Decodes and checks a relay frame. Unknown fields are skipped; of several bodies the last one counts.
 *
 * @throws {RelayFrameError} in the original's words
 */
export function decodeRelayFrame(bytes: Uint8Array): RelayFrame {
  const frame = readFrame(bytes);
  if (frame.version !== VERSION) {
    throw new RelayFrameError(`unsupported relay message frame version ${frame.version}`);
  }
  if (frame.streamId === "") throw new RelayFrameError("relay message frame is missing stream_id");
  if (frame.streamId.trim() !== frame.streamId) {
    throw new RelayFrameError("relay message frame stream_id is not canonical");
  }
  if (utf8Length(frame.streamId) > LIMITS.maxRelayStreamIdBytes) {
    throw new RelayFrameError("relay message frame stream_id is too long");
  }
  return { streamId: frame.streamId, body: checkBody(frame.body) };
}

interface RawBody {
  kind: RelayBody["kind"];
  /** The varint fields by number. */
  numbers: Map<number, number>;
  /** The only length-delimited field. */
  bytes: Uint8Array;
}

function readFrame(bytes: Uint8Array): { version: number; streamId: string; body: RawBody | undefined } {
  let version = 0, streamId = "";
  let body: RawBody | undefined;
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      const kind = bodyKind(field);
      if (field === Field.version && type === WireType.Varint) version = reader.uint32();
      else if (field === Field.streamId && type === WireType.LengthDelimited) streamId = reader.string();
      else if (kind !== undefined && type === WireType.LengthDelimited) body = readBody(kind, reader.bytes());
      else reader.skip(type, field);
    }
  } catch (error) {
    throw new RelayFrameError(`invalid relay message frame: ${error instanceof Error ? error.message : error}`);
  }
  return { version, streamId, body };
}

function readBody(kind: RelayBody["kind"], message: Uint8Array): RawBody {
  const numbers = new Map<number, number>();
  const payloadField = kind === "data" ? 4 : 1;
  let bytes: Uint8Array = EMPTY;
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.Varint) numbers.set(field, reader.uint32());
    else if (field === payloadField && type === WireType.LengthDelimited) bytes = reader.bytes();
    else reader.skip(type, field);
  }
  return { kind, numbers, bytes };
}

function bodyKind(field: number): RelayBody["kind"] | undefined {
  if (field < Field.data || field > Field.handshake) return undefined;
  return (Object.entries(Field).find(([, number]) => number === field) as [RelayBody["kind"], number])[0];
}

function checkBody(body: RawBody | undefined): RelayBody {
  if (body === undefined) throw new RelayFrameError("relay message frame is missing body");
  const { kind, numbers, bytes } = body;
  switch (kind) {
    case "data":
      if ((numbers.get(2) ?? 0) !== 0 || numbers.get(3) !== 1 || bytes.length === 0) {
        throw new RelayFrameError("relay data message frame is missing required fields");
      }
      return { kind, seq: numbers.get(1) ?? 0, payload: bytes };
    case "resume":
      return { kind, nextSeq: numbers.get(1) ?? 0 };
    case "reset":
      if (bytes.length === 0 || bytes.length > LIMITS.maxRelayResetReasonBytes) {
        throw new RelayFrameError("relay reset message frame has invalid reason");
      }
      return { kind, reason: new TextDecoder().decode(bytes) };
    case "handshake":
      if (bytes.length === 0) throw new RelayFrameError("relay handshake message frame is missing payload");
      return { kind, payload: bytes };
    default:
      return { kind };
  }
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

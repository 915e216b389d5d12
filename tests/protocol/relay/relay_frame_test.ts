import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeRelayFrame,
  encodeRelayFrame,
  type RelayFrame,
  RelayFrameError,
} from "../../../protocol/relay/relay_frame.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(" ", ""));

// tags by hand: field number * 8 + wire type (0 varint, 2 length-delimited); "s1" is 73 31
const WIRE: readonly [string, RelayFrame, string][] = [
  ["resume from the start", { streamId: "s1", body: { kind: "resume", nextSeq: 0 } }, "08 01 12 02 7331 3a 00"],
  ["resume", { streamId: "s1", body: { kind: "resume", nextSeq: 300 } }, "08 01 12 02 7331 3a 03 08 ac02"],
  [
    "the first data",
    { streamId: "s1", body: { kind: "data", seq: 0, payload: bytes("{}") } },
    "08 01 12 02 7331 2a 06 18 01 22 02 7b7d",
  ],
  [
    "the last data before seq wraps",
    { streamId: "s1", body: { kind: "data", seq: 0xffffffff, payload: bytes("{}") } },
    "08 01 12 02 7331 2a 0c 08 ffffffff0f 18 01 22 02 7b7d",
  ],
  ["ack", { streamId: "s1", body: { kind: "ack" } }, "08 01 12 02 7331 32 00"],
  ["reset", { streamId: "s1", body: { kind: "reset", reason: "x" } }, "08 01 12 02 7331 42 03 0a 01 78"],
  ["heartbeat", { streamId: "s1", body: { kind: "heartbeat" } }, "08 01 12 02 7331 4a 00"],
  [
    "handshake",
    { streamId: "s1", body: { kind: "handshake", payload: bytes("k") } },
    "08 01 12 02 7331 52 03 0a 01 6b",
  ],
];

for (const [name, frame, wire] of WIRE) {
  Deno.test(`relay frame: ${name} has the original's bytes and comes back`, () => {
    assertEquals(encodeRelayFrame(frame).toHex(), hex(wire).toHex());
    assertEquals(decodeRelayFrame(hex(wire)), frame);
  });
}

Deno.test("relay frame: ack fields and unknown fields are skipped", () => {
  // 3 ack, 4 ack_bits, 11 unknown varint, 12 unknown bytes, and an unknown field in the body
  const wire = hex("08 01 12 02 7331 18 05 20 07 58 01 62 01 00 3a 04 08 02 28 09");
  assertEquals(decodeRelayFrame(wire), { streamId: "s1", body: { kind: "resume", nextSeq: 2 } });
});

const BAD: readonly [string, string][] = [
  ["12 02 7331 3a 00", "unsupported relay message frame version 0"],
  ["08 02 12 02 7331 3a 00", "unsupported relay message frame version 2"],
  ["08 01 3a 00", "relay message frame is missing stream_id"],
  ["08 01 12 03 207331 3a 00", "relay message frame stream_id is not canonical"],
  [`08 01 12 8101 ${"61".repeat(129)} 3a 00`, "relay message frame stream_id is too long"],
  ["08 01 12 02 7331", "relay message frame is missing body"],
  ["08 01 12 02 7331 5a 00", "relay message frame is missing body"],
  ["08 01 12 02 7331 2a 00", "relay data message frame is missing required fields"],
  ["08 01 12 02 7331 2a 02 18 01", "relay data message frame is missing required fields"],
  ["08 01 12 02 7331 2a 05 18 02 22 01 7b", "relay data message frame is missing required fields"],
  ["08 01 12 02 7331 2a 07 10 01 18 01 22 01 7b", "relay data message frame is missing required fields"],
  ["08 01 12 02 7331 42 00", "relay reset message frame has invalid reason"],
  [`08 01 12 02 7331 42 8402 0a 8102 ${"61".repeat(257)}`, "relay reset message frame has invalid reason"],
  ["08 01 12 02 7331 52 00", "relay handshake message frame is missing payload"],
  ["08 01 12 7f 73", "invalid relay message frame: "],
  ["ff", "invalid relay message frame: "],
];

Deno.test("relay frame: every fault is named in the original's words", () => {
  for (const [wire, message] of BAD) {
    const error = assertThrows(() => decodeRelayFrame(hex(wire)), RelayFrameError);
    assertEquals(error.message.slice(0, message.length), message, wire);
  }
});

Deno.test("relay frame: an id of 128 bytes is the longest", () => {
  const frame: RelayFrame = { streamId: "é".repeat(64), body: { kind: "heartbeat" } };
  assertEquals(decodeRelayFrame(encodeRelayFrame(frame)), frame);
});

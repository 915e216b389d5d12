import { assertEquals, assertThrows } from "@std/assert";
import { Base64Body, LIMITS, messageText, type OutgoingMessage } from "../../../protocol/mod.ts";
import { encodeTextFrames } from "../../../server/websocket/frame.ts";
import { WriteBuffer } from "../../../server/write_buffer.ts";
import { FrameDecoder, WebSocketError, type WebSocketEvent } from "../../../server/websocket/frame_decoder.ts";

/** A client's frame: masked unless told otherwise. */
function frame(first: number, payload: Uint8Array, options: { masked?: boolean; claim?: number } = {}): Uint8Array {
  const length = options.claim ?? payload.length;
  const head = [first];
  const masked = options.masked ?? true;
  if (length < 126) head.push(length | (masked ? 0x80 : 0));
  else if (length < 65_536) head.push(126 | (masked ? 0x80 : 0), length >> 8, length & 255);
  else {
    head.push(127 | (masked ? 0x80 : 0));
    const size = new Uint8Array(8);
    new DataView(size.buffer).setBigUint64(0, BigInt(length));
    head.push(...size);
  }
  const mask = masked ? [1, 2, 3, 4] : [];
  const bytes = new Uint8Array(head.length + mask.length + payload.length);
  bytes.set(head);
  bytes.set(mask, head.length);
  payload.forEach((byte, i) => bytes[head.length + mask.length + i] = byte ^ (mask[i & 3] ?? 0));
  return bytes;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function decode(chunks: readonly Uint8Array[]): WebSocketEvent[] {
  const decoder = new FrameDecoder();
  const events: WebSocketEvent[] = [];
  // each has a place of its own, and the decoder overwrites it
  for (const chunk of chunks) decoder.push(chunk.slice(), (event) => events.push(event));
  return events;
}

function closeCodeOf(...chunks: Uint8Array[]): number {
  return assertThrows(() => decode(chunks), WebSocketError).closeCode;
}

Deno.test("FrameDecoder: text, binary, ping, pong and close", () => {
  const events = decode([
    frame(0x81, text("hé")),
    frame(0x82, new Uint8Array([0xff])),
    frame(0x89, text("p")),
    frame(0x8a, text("q")),
    frame(0x88, new Uint8Array([0x03, 0xe8])),
  ]);
  assertEquals(events, [
    { kind: "text", text: "hé" },
    { kind: "binary", bytes: new Uint8Array([0xff]) },
    { kind: "ping", bytes: text("p") },
    { kind: "pong", bytes: text("q") },
    { kind: "close", code: 1000 },
  ]);
});

Deno.test("FrameDecoder: any cut of the byte stream gives the same messages", () => {
  const sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 100_000];
  const stream = sizes.map((size) => frame(0x81, new Uint8Array(size).fill(97)));
  const whole = new Uint8Array(stream.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of stream) {
    whole.set(part, at);
    at += part.length;
  }
  for (const step of [1, 2, 3, 5, 7, 13, 1000, 65_536, whole.length]) {
    const chunks = [];
    for (let i = 0; i < whole.length; i += step) chunks.push(whole.subarray(i, i + step));
    const lengths = decode(chunks).map((event) => event.kind === "text" ? event.text.length : -1);
    assertEquals(lengths, sizes, `cut every ${step} bytes`);
  }
});

Deno.test("FrameDecoder: a payload is unmasked wherever it lies in memory", () => {
  const memory = new Uint8Array(128);
  for (let offset = 0; offset < 8; offset++) {
    for (let length = 0; length < 24; length++) {
      const expected = "abcdefghijklmnopqrstuvwxyz".slice(0, length);
      const bytes = frame(0x81, text(expected));
      memory.set(bytes, offset);
      const events: WebSocketEvent[] = [];
      new FrameDecoder().push(memory.subarray(offset, offset + bytes.length), (event) => events.push(event));
      assertEquals(events, [{ kind: "text", text: expected }], `${length} bytes at ${offset}`);
    }
  }
});

Deno.test("FrameDecoder: fragments are joined, with control frames between them", () => {
  const events = decode([
    frame(0x01, text("a")),
    frame(0x89, text("")),
    frame(0x00, text("b")),
    frame(0x80, text("c")),
  ]);
  assertEquals(events.map((event) => event.kind === "text" ? event.text : event.kind), ["ping", "abc"]);
});

Deno.test("FrameDecoder: a UTF-8 character may be cut by fragments, but must be whole in the end", () => {
  const bytes = text("é");
  assertEquals(decode([frame(0x01, bytes.subarray(0, 1)), frame(0x80, bytes.subarray(1))])[0], {
    kind: "text",
    text: "é",
  });
  assertEquals(closeCodeOf(frame(0x81, bytes.subarray(0, 1))), 1007);
});

Deno.test("FrameDecoder: protocol errors end the connection with 1002", () => {
  assertEquals(closeCodeOf(frame(0x81, text("x"), { masked: false })), 1002, "unmasked");
  assertEquals(closeCodeOf(frame(0xc1, text("x"))), 1002, "reserved bit");
  assertEquals(closeCodeOf(frame(0x83, text("x"))), 1002, "unknown opcode");
  assertEquals(closeCodeOf(frame(0x8b, text("x"))), 1002, "unknown control opcode");
  assertEquals(closeCodeOf(frame(0x80, text("x"))), 1002, "continuation of nothing");
  assertEquals(closeCodeOf(frame(0x01, text("x")), frame(0x81, text("y"))), 1002, "message inside a message");
  assertEquals(closeCodeOf(frame(0x09, text("x"))), 1002, "fragmented ping");
  assertEquals(closeCodeOf(frame(0x89, new Uint8Array(126))), 1002, "long ping");
});

Deno.test("FrameDecoder: size limits are checked on the header, before any payload arrives", () => {
  assertEquals(closeCodeOf(frame(0x81, text(""), { claim: LIMITS.maxFrameBytes + 1 })), 1009);
  assertEquals(decode([frame(0x81, text(""), { claim: LIMITS.maxFrameBytes })]), []);
  const quarter = new Uint8Array(LIMITS.maxMessageBytes / 4);
  const first = [frame(0x01, quarter), frame(0x00, quarter), frame(0x00, quarter), frame(0x00, quarter)];
  assertEquals(closeCodeOf(...first, frame(0x80, text("x"))), 1009);
});

Deno.test("encodeTextFrames: what is sent decodes to the same text, in one frame or in fragments", () => {
  const big = crypto.getRandomValues(new Uint8Array(60_000));
  const bytes = new Uint8Array(10_000_001).map((_, i) => big[i % big.length] as number);
  const messages: OutgoingMessage[] = [
    "",
    "short é",
    "x".repeat(70_000),
    ['{"a":"', Base64Body.of(bytes.subarray(0, 100)), '","ü":1}'],
    ['{"a":"', Base64Body.of(bytes), '"}'],
    "y".repeat(LIMITS.fragmentBytes * 2 + 5),
  ];
  for (const message of messages) {
    const frames = [...encodeTextFrames(message, new WriteBuffer())];
    // a server's frames are unmasked: masking them with zeros makes them a client's
    const asClient = frames.map((bytes) => {
      const head = (bytes[1] as number) < 126 ? 2 : bytes[1] === 126 ? 4 : 10;
      const masked = new Uint8Array(bytes.length + 4);
      masked.set(bytes.subarray(0, head));
      masked[1] = (masked[1] as number) | 0x80;
      masked.set(bytes.subarray(head), head + 4);
      return masked;
    });
    assertEquals(decode(asClient), [{ kind: "text", text: messageText(message) }]);
  }
});

import { assertEquals, assertThrows } from "@std/assert";
import { encodeFrame, FrameDecoder, FrameKind, MAX_FRAME_BYTES } from "../../sandbox/helper/frame.ts";
import { Output } from "../../sandbox/helper/output.ts";
import { decodeName, displayName, encodeName } from "../../sandbox/posix/names.ts";
import { seededRandom } from "../protocol/random.ts";

const FRAMES = [
  { id: 0, kind: FrameKind.Done, header: "", body: "" },
  { id: 1, kind: FrameKind.Request, header: '{"é":"😀"}', body: "" },
  { id: 0xffff_fffe, kind: FrameKind.Part, header: "", body: "content" },
  { id: 7, kind: FrameKind.Content, header: "h".repeat(3000), body: "b".repeat(200_000) },
];

function decodeAll(decoder: FrameDecoder, bytes: Uint8Array, size: () => number): unknown[] {
  const found: unknown[] = [];
  for (let at = 0; at < bytes.length;) {
    const room = decoder.room();
    const piece = bytes.subarray(at, at + Math.min(room.length, size()));
    room.set(piece);
    decoder.filled(piece.length);
    at += piece.length;
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
      found.push({ ...frame, body: new TextDecoder().decode(frame.body) });
    }
  }
  return found;
}

Deno.test("frames come out as they went in, however the bytes are cut", () => {
  const next = seededRandom(1);
  const encoded = FRAMES.map(({ id, kind, header, body }) =>
    encodeFrame(id, kind, header, new TextEncoder().encode(body))
  );
  const bytes = new Uint8Array(encoded.flatMap((frame) => [...frame]));
  for (let i = 0; i < 200; i++) {
    const most = 1 + Math.floor(next() * (i % 2 === 0 ? 50_000 : 300_000));
    const found = decodeAll(new FrameDecoder(64), bytes, () => 1 + Math.floor(next() * most));
    assertEquals(found, FRAMES);
  }
  assertEquals(decodeAll(new FrameDecoder(64), bytes.subarray(0, 300), () => 1).length, 3);
});

Deno.test("frames that are too long are refused", () => {
  const decoder = new FrameDecoder(64);
  const head = encodeFrame(1, FrameKind.Part, "", undefined);
  new DataView(head.buffer).setUint32(0, MAX_FRAME_BYTES + 1, true);
  decoder.room().set(head);
  decoder.filled(head.length);
  assertThrows(() => decoder.next(), RangeError, "Cannot take a frame");
});

Deno.test("output writes frames together, and what does not fit in order", () => {
  const written: number[] = [];
  const bytes: number[] = [];
  const output = new Output((piece) => {
    written.push(piece.length);
    for (const byte of piece) bytes.push(byte);
  });
  output.send(1, FrameKind.Done, "{}");
  output.send(2, FrameKind.Done, "{}");
  output.flush();
  output.flush();
  assertEquals(written, [36]);
  output.send(3, FrameKind.Part, "x".repeat(2 ** 20));
  output.send(4, FrameKind.Part, "", new Uint8Array(2 ** 20));
  output.flush();
  const found = decodeAll(new FrameDecoder(), Uint8Array.from(bytes), () => 2 ** 16) as { id: number }[];
  assertEquals(found.map(({ id }) => id), [1, 2, 3, 4]);
});

Deno.test("names keep their bytes, whatever they are", () => {
  const next = seededRandom(2);
  const seen = new Map<string, string>();
  for (let i = 0; i < 5000; i++) {
    const bytes = Uint8Array.from(
      { length: 1 + Math.floor(next() * 6) },
      () =>
        i % 3 === 0 ? 128 + Math.floor(next() * 128) : [0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xb2, 0xff, 0x61][
          Math.floor(next() * 10)
        ] as number,
    );
    const name = decodeName(bytes);
    assertEquals(encodeName(name), bytes);
    assertEquals(seen.get(name) ?? bytes.join(), bytes.join());
    seen.set(name, bytes.join());
    assertEquals(displayName(name), new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  }
});

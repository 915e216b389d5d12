import { assertEquals } from "@std/assert";
import { HeadTailBuffer } from "../../../../client/tools/exec/head_tail_buffer.ts";

const encoder = new TextEncoder(), decoder = new TextDecoder();

function taken(limit: number, ...pieces: string[]): [string, string, number, number] {
  const buffer = new HeadTailBuffer(limit);
  for (const piece of pieces) buffer.push(encoder.encode(piece));
  const { head, tail, omitted, total } = buffer.take();
  return [decoder.decode(head), decoder.decode(tail), omitted, total];
}

Deno.test("HeadTailBuffer: keeps everything up to its limit", () => {
  assertEquals(taken(10), ["", "", 0, 0]);
  assertEquals(taken(10, "abcde"), ["abcde", "", 0, 5]);
  assertEquals(taken(10, "abcdef"), ["abcde", "f", 0, 6]);
  assertEquals(taken(10, "abcdefghij"), ["abcde", "fghij", 0, 10]);
  assertEquals(taken(10, "abc", "def", "ghij"), ["abcde", "fghij", 0, 10]);
});

Deno.test("HeadTailBuffer: drops the middle and counts it", () => {
  assertEquals(taken(10, "abcdefghijk"), ["abcde", "ghijk", 1, 11]);
  assertEquals(taken(10, "abcdefghij", "k"), ["abcde", "ghijk", 1, 11]);
  assertEquals(taken(10, "abcde", "fghij", "klmno"), ["abcde", "klmno", 5, 15]);
  assertEquals(taken(10, "abcde", "fghij", "klmnopqrstuvwxyz"), ["abcde", "vwxyz", 16, 26]);
  assertEquals(taken(10, ..."abcdefghijklmnopqrstuvwxyz"), ["abcde", "vwxyz", 16, 26]);
});

Deno.test("HeadTailBuffer: an odd limit gives the tail one more", () => {
  assertEquals(taken(3, "abcdef"), ["a", "ef", 3, 6]);
  assertEquals(taken(1, "ab"), ["", "b", 1, 2]);
});

Deno.test("HeadTailBuffer: take() starts anew", () => {
  const buffer = new HeadTailBuffer(4);
  buffer.push(encoder.encode("abcdefgh"));
  assertEquals(buffer.take().omitted, 4);
  assertEquals(buffer.take(), { head: new Uint8Array(), tail: new Uint8Array(), omitted: 0, total: 0 });
  buffer.push(encoder.encode("xy"));
  assertEquals(decoder.decode(buffer.take().head), "xy");
});

import { assertEquals, assertThrows } from "@std/assert";
import { Base64Body, decodeBase64 } from "../../protocol/base64.ts";
import { randomBytes, seededRandom } from "./random.ts";

function refuses(text: string, message: string): void {
  const error = assertThrows(() => decodeBase64(text), SyntaxError);
  assertEquals(error.message, message, JSON.stringify(text));
}

Deno.test("decodeBase64: standard alphabet with padding", () => {
  assertEquals(decodeBase64(""), new Uint8Array());
  assertEquals(decodeBase64("aGk="), new TextEncoder().encode("hi"));
  assertEquals(decodeBase64("+/+/"), Uint8Array.of(0xfb, 0xff, 0xbf));
});

Deno.test("decodeBase64: anything encoded comes back", () => {
  const random = seededRandom(1);
  for (let i = 0; i < 200; i++) {
    const bytes = randomBytes(random, 100);
    assertEquals(decodeBase64(Base64Body.of(bytes).toJSON()), bytes as Uint8Array<ArrayBuffer>);
  }
});

Deno.test("decodeBase64: symbols outside the alphabet are refused with byte value and offset", () => {
  refuses("*", "Invalid symbol 42, offset 0.");
  refuses("aGk*", "Invalid symbol 42, offset 3.");
  refuses("AAAAé", "Invalid symbol 195, offset 4.");
  refuses("😀AAA", "Invalid symbol 240, offset 0.");
});

Deno.test("decodeBase64: the URL alphabet is refused", () => {
  refuses("-_-_", "Invalid symbol 45, offset 0.");
  refuses("A_AA", "Invalid symbol 95, offset 1.");
});

Deno.test("decodeBase64: white space is refused wherever it stands", () => {
  refuses(" ", "Invalid symbol 32, offset 0.");
  refuses("aG k", "Invalid symbol 32, offset 2.");
  refuses("aGk=\n", "Invalid symbol 61, offset 3.");
  refuses("aGkx\n", "Invalid symbol 10, offset 4.");
  for (const blank of ["\t", "\r", "\f", "\n"]) assertThrows(() => decodeBase64(`aGk=${blank}`), SyntaxError);
});

Deno.test("decodeBase64: missing padding is refused", () => {
  refuses("aGk", "Invalid padding");
  refuses("YQ", "Invalid padding");
  refuses("YQ=", "Invalid padding");
});

Deno.test("decodeBase64: padding in the wrong place is refused", () => {
  refuses("=", "Invalid symbol 61, offset 0.");
  refuses("====", "Invalid symbol 61, offset 0.");
  refuses("Y=Q=", "Invalid symbol 61, offset 1.");
  refuses("YQ===", "Invalid symbol 61, offset 2.");
  refuses("YWJj=", "Invalid symbol 61, offset 4.");
  refuses("aGk=aGk=", "Invalid symbol 61, offset 3.");
  refuses("aGVsb===", "Invalid symbol 61, offset 5.");
});

Deno.test("decodeBase64: non-zero trailing bits are refused", () => {
  refuses("aGl=", "Invalid last symbol 108, offset 2.");
  refuses("YR==", "Invalid last symbol 82, offset 1.");
});

Deno.test("decodeBase64: a length no byte sequence has is refused", () => {
  refuses("a", "Invalid input length: 1");
  refuses("aGVsb", "Invalid input length: 5");
});

Deno.test("Base64Body: encodedLength is the length of the encoded form", () => {
  for (let length = 0; length < 10; length++) {
    const body = Base64Body.of(new Uint8Array(length));
    assertEquals(body.encodedLength, body.toJSON().length);
  }
});

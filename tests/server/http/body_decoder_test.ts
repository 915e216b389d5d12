import { assertEquals, assertThrows } from "@std/assert";
import { LIMITS } from "../../../protocol/mod.ts";
import { type BodyDecoder, bodyDecoder } from "../../../server/http/body_decoder.ts";
import { ChunkedBody } from "../../../server/http/chunked_body.ts";
import { HttpFailure } from "../../../server/http/http_failure.ts";
import { parseResponseHead } from "../../../server/http/response_head.ts";
import { seededRandom } from "../../protocol/random.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function decode(decoder: BodyDecoder, ...pieces: string[]): string {
  return pieces.map((piece) => new TextDecoder().decode(decoder.decode(bytesOf(piece)))).join("");
}

function decoderFor(head: string, method = "GET"): BodyDecoder {
  return bodyDecoder(method, parseResponseHead(bytesOf(`${head}\r\n\r\n`)));
}

const CHUNKED = "6\r\nhello \r\n5;ext=1\r\nworld\r\n0A \t;x\r\n0123456789\r\n0\r\nX-T: v\r\nY: w\r\n\r\n";

Deno.test("ChunkedBody: every way to cut the bytes gives the same body", () => {
  for (let first = 0; first <= CHUNKED.length; first++) {
    for (let second = first; second <= CHUNKED.length; second += 3) {
      const body = new ChunkedBody();
      const pieces = [CHUNKED.slice(0, first), CHUNKED.slice(first, second), CHUNKED.slice(second)];
      assertEquals([decode(body, ...pieces), body.done, body.surplus], ["hello world0123456789", true, false]);
    }
  }
});

Deno.test("ChunkedBody: many chunks of one read become one piece in its own memory", () => {
  const memory = bytesOf("1\r\na\r\n".repeat(1_000));
  const data = new ChunkedBody().decode(memory);
  assertEquals(new TextDecoder().decode(data), "a".repeat(1_000));
  assertEquals(data.buffer, memory.buffer);
});

Deno.test("ChunkedBody: garbage is refused", () => {
  const garbage = [
    "zz\r\nhello",
    "\r\n",
    "-1\r\n",
    "+1\r\n",
    "0x1\r\n",
    "1\na",
    "1\r\nab",
    "1\r\na\n",
    "1 2\r\n",
    "1\r\r",
  ];
  for (const text of [...garbage, "1;a\nb", "ffffffffffffff\r\n", "0\r\n\r\r", " 1\r\n"]) {
    assertThrows(() => decode(new ChunkedBody(), text), HttpFailure, undefined, JSON.stringify(text));
  }
});

Deno.test("ChunkedBody: extensions and trailers are bounded", () => {
  const { maxHttpChunkOverheadBytes: most } = LIMITS;
  const endless = ["1;", "0\r\n", "1 "];
  for (const start of endless) {
    const body = new ChunkedBody();
    const filler = start === "1 " ? " " : "x";
    decode(body, start + filler.repeat(most - 1));
    assertThrows(() => decode(body, filler.repeat(2)), HttpFailure, undefined, start);
  }
});

Deno.test("ChunkedBody: random bytes never give more than they are", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 500; round++) {
    const alphabet = bytesOf("0123456789abcdefF\r\n; x");
    const bytes = Uint8Array.from({ length: 60 }, () => alphabet[Math.floor(random() * alphabet.length)] as number);
    const { length } = bytes;
    try {
      const data = new ChunkedBody().decode(bytes);
      assertEquals(data.length < length, true);
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
    }
  }
});

Deno.test("bodyDecoder(): a body ends with its length, and what follows is surplus", () => {
  const body = decoderFor("HTTP/1.1 200 OK\r\nContent-Length: 5");
  assertEquals([decode(body, "hel", "loEXTRA"), body.done, body.surplus], ["hello", true, true]);
  body.end();
});

Deno.test("bodyDecoder(): an end before the end is a failure", () => {
  for (const head of ["Content-Length: 5", "Transfer-Encoding: chunked"]) {
    const body = decoderFor(`HTTP/1.1 200 OK\r\n${head}`);
    assertThrows(() => body.end(), HttpFailure);
  }
  const body = decoderFor("HTTP/1.1 200 OK");
  assertEquals(decode(body, "until ", "the end"), "until the end");
  body.end();
});

Deno.test("bodyDecoder(): some responses have no body whatever they say", () => {
  const length = "\r\nContent-Length: 5";
  const cases: [head: string, method: string][] = [
    [`HTTP/1.1 200 OK${length}`, "HEAD"],
    [`HTTP/1.1 204 No${length}`, "GET"],
    [`HTTP/1.1 304 No${length}`, "GET"],
    ["HTTP/1.1 101 Switching", "GET"],
    ["HTTP/1.1 200 OK", "CONNECT"],
  ];
  for (const [head, method] of cases) assertEquals(decoderFor(head, method).done, true, `${method} ${head}`);
  assertEquals(decoderFor(`HTTP/1.1 404 No${length}`, "CONNECT").done, false);
});

Deno.test("bodyDecoder(): headers that contradict each other are refused, others settled", () => {
  const refused = [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3",
    "HTTP/1.1 200 OK\r\nContent-Length: 2, 3",
    "HTTP/1.1 200 OK\r\nContent-Length: +2",
    "HTTP/1.1 200 OK\r\nContent-Length: -2",
    "HTTP/1.1 200 OK\r\nContent-Length: 0x2",
    "HTTP/1.1 200 OK\r\nContent-Length:",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked",
  ];
  for (const head of refused) assertThrows(() => decoderFor(head), HttpFailure, undefined, head);
  assertEquals(decode(decoderFor("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2"), "ok"), "ok");
  const both = decoderFor("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: gzip, Chunked");
  assertEquals([decode(both, "2\r\nok\r\n0\r\n\r\n"), both.done], ["ok", true]);
  assertEquals(decode(decoderFor("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip"), "abc"), "abc");
});

import { assertEquals, assertThrows } from "@std/assert";
import { HttpFailure } from "../../../server/http/http_failure.ts";
import { headEnd, parseResponseHead } from "../../../server/http/response_head.ts";

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const parse = (text: string) => parseResponseHead(latin1(text));

Deno.test("parseResponseHead() keeps repeated headers and their order", () => {
  const text = "HTTP/1.1 200 OK\r\nX-Zeta: z\r\nSet-Cookie: a=1\r\nX-A:\r\nset-cookie: b=2\r\nX-ZETA: \t z2 \r\n\r\n";
  assertEquals(parse(text), {
    status: 200,
    minorVersion: 1,
    headers: [["x-zeta", "z"], ["x-zeta", "z2"], ["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-a", ""]]
      .map(([name = "", value = ""]) => ({ name, value })),
  });
});

Deno.test("parseResponseHead() drops values that are not visible ASCII", () => {
  const { headers } = parse("HTTP/1.0 200 Ünïcode\n" + "X-L: caf\xe9\nX-U: \xc3\xa9\x80\nX-T: a\tb\n\n");
  assertEquals(headers, [{ name: "x-t", value: "a\tb" }]);
});

Deno.test("parseResponseHead() takes any three digits from 100 on", () => {
  const status = (line: string) => parse(`${line}\r\n\r\n`).status;
  assertEquals(["HTTP/1.1 100 Continue", "HTTP/1.1 999", "HTTP/1.0 204 "].map(status), [100, 999, 204]);
});

Deno.test("parseResponseHead() refuses what is not HTTP/1", () => {
  const heads = [
    "SSH-2.0-OpenSSH",
    "HTTP/2.0 200 OK",
    "HTTP/1.1 099 Low",
    "HTTP/1.1 1000 High",
    "HTTP/1.1 2x0 OK",
    "HTTP/1.1  200 OK",
    "http/1.1 200 OK",
    "HTTP/1.1 200 O\x01K",
    "HTTP/1.1 200 OK\r\nX F: a",
    "HTTP/1.1 200 OK\r\nX-F : a",
    "HTTP/1.1 200 OK\r\nX-F: a\r\n b",
    "HTTP/1.1 200 OK\r\nX-F: a\0b",
    "HTTP/1.1 200 OK\r\nX-F: a\rb",
    "HTTP/1.1 200 OK\r\nno colon",
    "HTTP/1.1 200 OK\r\n: empty",
  ];
  for (const head of heads) {
    const error = assertThrows(() => parse(`${head}\r\n\r\n`), HttpFailure, undefined, JSON.stringify(head));
    assertEquals(error.stage, "protocol");
  }
});

Deno.test("parseResponseHead() takes a hundred headers and no more", () => {
  const head = (count: number) => `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(count)}\r\n`;
  assertEquals(parse(head(100)).headers.length, 100);
  assertThrows(() => parse(head(101)), HttpFailure);
});

Deno.test("parseResponseHead() takes linear time for blanks", () => {
  const blanks = " ".repeat(300_000);
  assertEquals(parse(`HTTP/1.1 200 OK\r\nx:${blanks}a${blanks}\r\n\r\n`).headers, [{ name: "x", value: "a" }]);
});

Deno.test("headEnd() finds an empty line after LF or CRLF, wherever the bytes are cut", () => {
  for (const text of ["a\r\nb\r\n\r\nrest", "a\nb\n\nrest", "a\r\nb\n\r\nrest"]) {
    const end = text.indexOf("rest");
    assertEquals(headEnd(latin1(text), 0), end);
    for (let cut = 1; cut < end; cut++) {
      assertEquals(headEnd(latin1(text.slice(0, cut)), 0), -1, `${JSON.stringify(text)} at ${cut}`);
      assertEquals(headEnd(latin1(text), cut - 3), end);
    }
  }
});

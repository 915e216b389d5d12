import { assert, assertEquals, assertThrows } from "@std/assert";
import { HttpPolicy, type HttpPolicyOptions } from "../../../server/mod.ts";
import { parseAddress, spellings } from "../../../server/http/ip_address.ts";

function permits(options: HttpPolicyOptions, host: string, address: string | undefined = undefined, port = 80) {
  return new HttpPolicy(options).permits(host, port, address);
}

const METADATA = [
  "169.254.169.254",
  "169.254.170.2",
  "169.254.170.23",
  "fd00:ec2::254",
  "fd00:0ec2:0:0:0:0:0:0254",
  "fd00:ec2::23",
  "fe80::a9fe:a9fe%eth0",
  "::ffff:169.254.169.254",
  "::ffff:a9fe:a9fe",
  "0:0:0:0:0:FFFF:A9FE:A9FE",
  "::169.254.169.254",
  "64:ff9b::a9fe:a9fe",
  "2002:a9fe:a9fe::1",
];

Deno.test("HttpPolicy: metadata services are refused in every spelling, by address and by what a name leads to", () => {
  for (const address of METADATA) {
    assertEquals(permits({}, address), false, address);
    assertEquals(permits({}, "innocent.test", address), false, address);
    assertEquals(permits({ allow: ["*"] }, "innocent.test", address), false, `${address} although all is allowed`);
    assertEquals(permits({ allowMetadata: true }, "innocent.test", address), true, `${address} when allowed`);
  }
});

Deno.test("HttpPolicy: what is near a metadata service is not refused", () => {
  for (const address of ["169.254.169.253", "169.254.1.1", "fd00:ec2::253", "::ffff:127.0.0.1", "::1", "127.0.0.1"]) {
    assertEquals(permits({}, "h.test", address), true, address);
  }
  assertEquals(permits({}, "169.254.169.254.example.com"), true, "a name a proxy resolves");
});

Deno.test("HttpPolicy: URLs spell addresses in many ways, and all are one", () => {
  const urls = [
    "2852039166",
    "0xA9FEA9FE",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.254.169.254.",
    "①⑥⑨.254.169.254",
  ];
  for (const host of urls) {
    assertEquals(permits({}, new URL(`http://${host}/`).hostname), false, host);
  }
});

Deno.test("HttpPolicy: patterns of names, addresses, ranges and ports", () => {
  const table: [pattern: string, host: string, address: string | undefined, port: number, matches: boolean][] = [
    ["example.com", "example.com", "1.2.3.4", 80, true],
    ["EXAMPLE.com.", "example.com", undefined, 80, true],
    ["example.com", "example.com.", undefined, 80, true],
    ["example.com", "a.example.com", undefined, 80, false],
    ["*.example.com", "a.b.example.com", undefined, 80, true],
    ["*.example.com", "example.com", undefined, 80, false],
    ["*.example.com", "evilexample.com", undefined, 80, false],
    ["api-*.test", "api-7.test", undefined, 80, true],
    ["a.b", "axb", undefined, 80, false],
    ["müller.de", "xn--mller-kva.de", undefined, 80, true],
    ["example.com:8080", "example.com", undefined, 8080, true],
    ["example.com:8080", "example.com", undefined, 80, false],
    ["10.0.0.0/8", "db.test", "10.255.0.1", 80, true],
    ["10.0.0.0/8", "db.test", "11.0.0.1", 80, false],
    ["10.0.0.0/8", "db.test", "::ffff:10.1.2.3", 80, true],
    ["10.0.0.0/8", "10.example.com", undefined, 80, false],
    ["10.0.0.0/9", "x", "10.128.0.1", 80, false],
    ["127.0.0.1", "localhost", "127.0.0.1", 80, true],
    ["::1", "localhost", "::1", 80, true],
    ["[::1]:81", "::1", undefined, 81, true],
    ["[::1]:81", "::1", undefined, 80, false],
    ["fd00::/8", "x", "fdff::1", 80, true],
    ["0.0.0.0/0", "x", "9.9.9.9", 80, true],
    ["*", "anything.test", undefined, 80, true],
    ["*", "::1", undefined, 80, true],
  ];
  for (const [pattern, host, address, port, matches] of table) {
    const what = `${pattern} ${host} ${address}`;
    assertEquals(permits({ allow: [pattern] }, host, address, port), matches, `allow ${what}`);
    assertEquals(permits({ deny: [pattern] }, host, address, port), !matches, `deny ${what}`);
    assertEquals(permits({ allow: ["*"], deny: [pattern] }, host, address, port), !matches, `deny wins: ${what}`);
  }
});

Deno.test("HttpPolicy: what is no pattern is refused with its text", () => {
  for (const text of ["", " ", "a b", "http://h", "h/x", "10.0.0.0/33", "10.0.0.0/x", "::1/129", "h:99999", "a]b"]) {
    const error = assertThrows(() => new HttpPolicy({ deny: [text] }), TypeError, undefined, JSON.stringify(text));
    assert(error.message.includes(`"${text}"`) || error.message.includes(text.trim()), error.message);
  }
});

Deno.test("parseAddress() reads addresses and nothing else", () => {
  assertEquals(parseAddress("1.2.3.255"), [1, 2, 3, 255]);
  assertEquals(parseAddress("::1.2.3.4"), [...new Array(12).fill(0), 1, 2, 3, 4]);
  assertEquals(parseAddress("2001:db8::ff%lo"), [0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 255]);
  for (const text of ["1.2.3", "1.2.3.256", "1.2.3.4.5", "a.b.c.d", "", "::g", "1:2:3", ":::", "::1]", "h.test"]) {
    assertEquals(parseAddress(text), undefined, text);
  }
  assertEquals(spellings([1, 2, 3, 4]), [[1, 2, 3, 4]]);
});

import { assertEquals, assertThrows } from "@std/assert";
import type { HttpRequest } from "../../../protocol/mod.ts";
import { RpcError } from "../../../protocol/mod.ts";
import { HeaderList } from "../../../server/http/header_list.ts";
import { prepareRequest } from "../../../server/http/prepared_request.ts";
import { encodeRequest, type RequestForm } from "../../../server/http/request_head.ts";

const DIRECT: RequestForm = { absolute: false, proxyAuthorization: undefined };

function encode(request: Partial<HttpRequest>, form: RequestForm = DIRECT): string {
  const prepared = prepareRequest({ method: "GET", url: "http://h.test/x", ...request }, {});
  return encodeRequest(prepared, form).map((part) => new TextDecoder().decode(part)).join("");
}

function headers(...list: [string, string][]): { name: string; value: string }[] {
  return list.map(([name, value]) => ({ name, value }));
}

const body = new TextEncoder().encode("hello");

Deno.test("encodeRequest() adds accept and host, and nothing else", () => {
  assertEquals(encode({}), "GET /x HTTP/1.1\r\naccept: */*\r\nhost: h.test\r\n\r\n");
  assertEquals(encode({ method: "POST" }), "POST /x HTTP/1.1\r\naccept: */*\r\nhost: h.test\r\n\r\n");
  assertEquals(
    encode({ method: "POST", body }),
    "POST /x HTTP/1.1\r\naccept: */*\r\nhost: h.test\r\ncontent-length: 5\r\n\r\nhello",
  );
});

Deno.test("encodeRequest() groups headers of a name at its first place", () => {
  const list = headers(["X-A", "1"], ["x-b", "3"], ["x-a", " 2 "], ["Accept", "é"], ["HOST", "other"]);
  assertEquals(
    encode({ headers: list }),
    "GET /x HTTP/1.1\r\nx-a: 1\r\nx-a:  2 \r\nx-b: 3\r\naccept: é\r\nhost: other\r\n\r\n",
  );
});

Deno.test("encodeRequest(): lengths and encodings of the caller are settled as in the original", () => {
  const line = "POST /x HTTP/1.1\r\n",
    rest = "accept: */*\r\nhost: h.test\r\n\r\n",
    swapped = "host: h.test\r\naccept: */*\r\n\r\n";
  const chunks = "5\r\nhello\r\n0\r\n\r\n";
  const table: [list: [string, string][], withBody: boolean, expected: string][] = [
    [[["content-length", "2"]], true, `${line}content-length: 2\r\n${rest}he`],
    [[["content-length", "9"]], true, `${line}content-length: 9\r\n${rest}hello`],
    [[["content-length", "abc"]], true, `${line}content-length: 5\r\n${rest}hello`],
    [[["content-length", "0"]], false, `${line}content-length: 0\r\n${rest}`],
    [[["transfer-encoding", "chunked"]], true, `${line}transfer-encoding: chunked\r\n${rest}${chunks}`],
    [[["transfer-encoding", "gzip"]], true, `${line}transfer-encoding: gzip, chunked\r\n${rest}${chunks}`],
    [[["transfer-encoding", "chunked"]], false, `${line}${swapped}`],
    [
      [["transfer-encoding", "chunked"], ["content-length", "5"]],
      true,
      `${line}transfer-encoding: chunked\r\n${swapped}${chunks}`,
    ],
  ];
  for (const [list, withBody, expected] of table) {
    const request = { method: "POST", headers: headers(...list), ...withBody ? { body } : {} };
    assertEquals(encode(request), expected, JSON.stringify(list));
  }
});

Deno.test("encodeRequest(): a proxy gets the whole URL and its credentials, CONNECT the authority", () => {
  const form = { absolute: true, proxyAuthorization: "Basic eA==" };
  assertEquals(
    encode({ url: "http://u:p@h.test/x?q#f" }, form),
    "GET http://h.test/x?q HTTP/1.1\r\nauthorization: Basic dTpw\r\naccept: */*\r\n" +
      "proxy-authorization: Basic eA==\r\nhost: h.test\r\n\r\n",
  );
  assertEquals(
    encode({ method: "CONNECT", url: "http://h.test:8/x" }),
    "CONNECT h.test:8 HTTP/1.1\r\naccept: */*\r\nhost: h.test:8\r\n\r\n",
  );
});

Deno.test("prepareRequest(): the caller's authorization takes the place of the URL's", () => {
  const list = headers(["x-a", "1"], ["Authorization", "Bearer z"]);
  assertEquals(
    encode({ url: "http://u%20x:p@h.test/x", headers: list }),
    "GET /x HTTP/1.1\r\nauthorization: Bearer z\r\nx-a: 1\r\naccept: */*\r\nhost: h.test\r\n\r\n",
  );
});

Deno.test("prepareRequest() validates method, URL, scheme and headers in this order", () => {
  const bad = headers(["", "\n"]);
  const table: [Partial<HttpRequest>, string][] = [
    [{ method: "G T", url: "", headers: bad }, "http/request method is invalid: invalid HTTP method"],
    [{ url: "", headers: bad }, "http/request url is invalid: relative URL without a base"],
    [{ url: "ftp://x", headers: bad }, "http/request only supports http and https URLs, got ftp"],
    [{ headers: bad }, "http/request header name is invalid: invalid HTTP header name"],
    [
      { headers: headers(["X-A", "1"], ["X-B", "a\0"]) },
      "http/request header value is invalid for X-B: failed to parse header value",
    ],
  ];
  for (const [request, message] of table) {
    const error = assertThrows(() => encode(request), RpcError);
    assertEquals([error.code, error.message], [-32602, message]);
  }
});

Deno.test("HeaderList: the last header takes the place of a deleted one", () => {
  const list = new HeaderList();
  for (const name of ["authorization", "cookie", "x-custom", "content-type", "mcp-session-id"]) list.add(name, "v");
  list.delete("authorization");
  list.delete("cookie");
  list.delete("absent");
  assertEquals([...list].map(([name]) => name), ["mcp-session-id", "content-type", "x-custom"]);
  list.delete("x-custom");
  assertEquals([...list].map(([name]) => name), ["mcp-session-id", "content-type"]);
});

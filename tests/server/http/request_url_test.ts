import { assertEquals, assertThrows } from "@std/assert";
import { RpcError } from "../../../protocol/mod.ts";
import { hostOf, parseRequestUrl, portOf, requestTarget } from "../../../server/http/request_url.ts";

Deno.test("parseRequestUrl: refused URLs get the original's reason", () => {
  const table: [url: string, reason: string][] = [
    ["", "relative URL without a base"],
    ["/x", "relative URL without a base"],
    ["127.0.0.1/x", "relative URL without a base"],
    ["https", "relative URL without a base"],
    ["http:", "empty host"],
    ["http://", "empty host"],
    ["http://:80/", "empty host"],
    ["http://@/", "empty host"],
    ["http://a:99999/", "invalid port number"],
    ["http://a:x/", "invalid port number"],
    ["http://[::1]:x/", "invalid port number"],
    ["http://[::1/x", "invalid IPv6 address"],
    ["http://[::1]x/", "invalid IPv6 address"],
    ["http://1.2.3.4.5/", "invalid IPv4 address"],
    ["http://256.1.1.1/", "invalid IPv4 address"],
    ["http://a b/", "invalid international domain name"],
    ["http://a<b/", "invalid international domain name"],
    ["http://a%00b/", "invalid international domain name"],
    ["http://xn--/", "invalid international domain name"],
  ];
  for (const [url, reason] of table) {
    const error = assertThrows(() => parseRequestUrl(url), RpcError, undefined, url);
    assertEquals([error.code, error.message], [-32602, `http/request url is invalid: ${reason}`], url);
  }
});

Deno.test("parseRequestUrl: other schemes are named in lower case", () => {
  for (const [url, scheme] of [["FTP://x", "ftp"], ["data:,x", "data"], ["unix:/x", "unix"], ["ws://x/", "ws"]]) {
    const error = assertThrows(() => parseRequestUrl(url as string), RpcError);
    assertEquals(error.message, `http/request only supports http and https URLs, got ${scheme}`);
  }
});

Deno.test("parseRequestUrl: what the standard accepts is normalised", () => {
  for (const url of [" http://h/x ", "HTTP://H/x", "http:h/x", "http:///h/x", "ht\ntp://h/a/../x", "http://h:80/x"]) {
    assertEquals(parseRequestUrl(url).href, "http://h/x", url);
  }
  assertEquals(parseRequestUrl("http://2130706433:0/").host, "127.0.0.1:0");
});

Deno.test("requestTarget() is path and query without fragment", () => {
  const table: [url: string, target: string][] = [
    ["http://h", "/"],
    ["http://h/a b?é#f", "/a%20b?%C3%A9"],
    ["http://h:8080/x?", "/x?"],
    ["https://u:p@h/x#", "/x"],
    ["http://[::1]:1/x?a=b", "/x?a=b"],
  ];
  for (const [url, target] of table) assertEquals(requestTarget(new URL(url)), target, url);
});

Deno.test("hostOf() and portOf() are what is connected to", () => {
  const targets = ["http://[::1]/", "https://h/", "http://h:0/"].map((text) => new URL(text));
  assertEquals(targets.map((url) => [hostOf(url), portOf(url)]), [["::1", 80], ["h", 443], ["h", 0]]);
});

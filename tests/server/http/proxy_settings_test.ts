import { assertEquals } from "@std/assert";
import { ProxySettings } from "../../../server/http/proxy_settings.ts";

function proxyFor(environment: Record<string, string>, url: string): string | undefined {
  const proxy = new ProxySettings(environment).proxyFor(new URL(url));
  return proxy === undefined ? undefined : `${proxy.protocol}//${proxy.host}:${proxy.port}`;
}

Deno.test("ProxySettings: each scheme has its variable, in upper or lower case", () => {
  const environment = { HTTP_PROXY: "http://p:1", https_proxy: "https://q" };
  assertEquals(proxyFor(environment, "http://h/"), "http://p:1");
  assertEquals(proxyFor(environment, "https://h/"), "https://q:443");
  assertEquals(proxyFor({ HTTP_PROXY: "http://p" }, "https://h/"), undefined);
  assertEquals(proxyFor({ ALL_PROXY: "socks5h://[::1]" }, "https://h/"), "socks5://::1:1080");
  assertEquals(proxyFor({ ALL_PROXY: "all:9", HTTP_PROXY: "own:8" }, "http://h/"), "http://own:8");
  assertEquals(proxyFor({ HTTP_PROXY: "", http_proxy: "p:1" }, "http://127.0.0.1/"), "http://p:1");
});

Deno.test("ProxySettings: what is no proxy is ignored", () => {
  for (const text of ["::bad::", "ftp://p", "http://", "socks4://p"]) {
    assertEquals(proxyFor({ HTTP_PROXY: text }, "http://h/"), undefined, text);
  }
});

Deno.test("ProxySettings: user and password are decoded", () => {
  const proxy = new ProxySettings({ HTTP_PROXY: "http://user:pa%20ss@p:1" }).proxyFor(new URL("http://h/"));
  assertEquals(proxy?.authorization, `Basic ${btoa("user:pa ss")}`);
});

Deno.test("ProxySettings: NO_PROXY exempts domains, addresses, ranges and everything", () => {
  const table: [list: string, host: string, direct: boolean][] = [
    ["*", "h.test", true],
    ["h.test", "h.test", true],
    ["h.test", "a.h.test", true],
    [".h.test", "h.test", true],
    ["h.test", "evilh.test", false],
    [" a , H.Test ", "h.test", true],
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.0/8", "127.1.2.3", true],
    ["10.0.0.0/8", "127.0.0.1", false],
    ["::1", "[::1]", true],
    ["", "h.test", false],
  ];
  for (const [list, host, direct] of table) {
    const environment = { HTTP_PROXY: "http://p:1", NO_PROXY: list };
    assertEquals(proxyFor(environment, `http://${host}/`) === undefined, direct, `${list} ${host}`);
  }
});

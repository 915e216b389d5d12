import { assertEquals, assertThrows } from "@std/assert";
import { parseListenAddress } from "../../server/listen_address.ts";

Deno.test("parseListenAddress: accepts IP socket addresses, absolute unix paths and stdio", () => {
  assertEquals(parseListenAddress("ws://127.0.0.1:7810"), { kind: "websocket", hostname: "127.0.0.1", port: 7810 });
  assertEquals(parseListenAddress("ws://[::1]:0"), { kind: "websocket", hostname: "::1", port: 0 });
  assertEquals(parseListenAddress("ws://0.0.0.0:80"), { kind: "websocket", hostname: "0.0.0.0", port: 80 });
  assertEquals(parseListenAddress("unix:///run/a.sock"), { kind: "unix", path: "/run/a.sock" });
  assertEquals([parseListenAddress("stdio"), parseListenAddress("stdio://")], [{ kind: "stdio" }, { kind: "stdio" }]);
});

Deno.test("parseListenAddress: a websocket URL is taken literally", () => {
  for (
    const rest of [
      "localhost:1",
      "127.0.0.1",
      "127.0.0.1:65536",
      "127.0.0.1:1/",
      "127.0.0.1:1/x",
      "256.0.0.1:1",
      "[zz]:1",
      "::1:1",
      "01.0.0.1:1",
      "",
    ]
  ) {
    const url = `ws://${rest}`;
    const error = assertThrows(() => parseListenAddress(url));
    assertEquals((error as Error).message, `invalid websocket --listen URL \`${url}\`; expected \`ws://IP:PORT\``);
  }
});

Deno.test("parseListenAddress: anything else is not supported", () => {
  for (
    const url of [
      "wss://127.0.0.1:1",
      "http://127.0.0.1:1",
      "",
      "stdio:/",
      "WS://127.0.0.1:1",
      "unix://rel",
      "unix:///",
    ]
  ) {
    assertThrows(
      () => parseListenAddress(url),
      Error,
      `unsupported --listen URL \`${url}\`; expected \`ws://IP:PORT\` or \`stdio\``,
    );
  }
});

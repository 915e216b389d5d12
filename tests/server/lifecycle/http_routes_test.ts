import { assertEquals } from "@std/assert";
import { startServer } from "../../support/test_server.ts";
import { rawHttp } from "./support.ts";

const UPGRADE = "Host: 127.0.0.1:80\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const FOREIGN = "Host header does not name this machine";
const TEXT = "text/plain; charset=utf-8";

interface Row {
  readonly request: string;
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Section 4.2 of the exec-server protocol, row by row; `/livez` and the check of `Host` are additions. */
const ROWS: readonly Row[] = [
  { request: `GET / HTTP/1.1\r\n${UPGRADE}Origin: http://localhost\r\n\r\n`, status: 403 },
  { request: "GET / HTTP/1.1\r\nOrigin:\r\n\r\n", status: 403 },
  { request: "GET /readyz HTTP/1.1\r\nORIGIN: null\r\n\r\n", status: 403 },
  { request: "POST /nope HTTP/1.1\r\norigin: x\r\n\r\n", status: 403 },
  { request: `GET / HTTP/1.1\r\n${UPGRADE}\r\n`, status: 101 },
  { request: `GET / HTTP/1.1\r\n${UPGRADE.replace("127.0.0.1", "[::1]")}\r\n`, status: 101 },
  { request: `GET / HTTP/1.1\r\n${UPGRADE.replace("127.0.0.1", "evil.example")}\r\n`, status: 403, body: FOREIGN },
  {
    request: `GET / HTTP/1.1\r\n${UPGRADE.replace("127.0.0.1", "127.0.0.1.evil.example")}\r\n`,
    status: 403,
    body: FOREIGN,
  },
  { request: "GET /readyz HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n", status: 403, body: FOREIGN },
  { request: "GET /readyz HTTP/1.1\r\nHost: localhost, evil.example\r\n\r\n", status: 403, body: FOREIGN },
  { request: `GET /?token=x HTTP/1.1\r\n${UPGRADE}\r\n`, status: 101 },
  {
    request: "GET / HTTP/1.1\r\nHOST: localhost\r\nCONNECTION: keep-alive, UPGRADE\r\nUPGRADE: WebSocket\r\n" +
      "SEC-WEBSOCKET-VERSION: 8\r\nSEC-WEBSOCKET-KEY: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    status: 101,
  },
  {
    request:
      "GET / HTTP/1.1\r\nconnection:upgrade\r\nupgrade:websocket\r\nsec-websocket-key:dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    status: 101,
  },
  {
    request:
      `GET / HTTP/1.1\r\n${UPGRADE}Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n`,
    status: 101,
  },
  { request: "GET / HTTP/1.1\r\n\r\n", status: 400, body: "Connection header did not include 'upgrade'" },
  {
    request: "GET / HTTP/1.1\r\nConnection: upgrade\r\n\r\n",
    status: 400,
    body: "Upgrade header did not include 'websocket'",
  },
  {
    request: "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    status: 400,
    body: "Sec-WebSocket-Key header missing",
  },
  { request: `POST / HTTP/1.1\r\n${UPGRADE}\r\n`, status: 405, body: "Request method must be `GET`" },
  { request: "DELETE / HTTP/1.1\r\n\r\n", status: 405, body: "Request method must be `GET`" },
  { request: "HEAD / HTTP/1.1\r\n\r\n", status: 405 },
  { request: "GET /readyz HTTP/1.1\r\n\r\n", status: 200 },
  { request: "GET /readyz?x=1 HTTP/1.0\r\n\r\n", status: 200 },
  { request: "HEAD /readyz HTTP/1.1\r\n\r\n", status: 200 },
  { request: "POST /readyz HTTP/1.1\r\n\r\n", status: 405, headers: { allow: "GET,HEAD" } },
  { request: "GET /livez HTTP/1.1\r\n\r\n", status: 200 },
  { request: "HEAD /livez HTTP/1.1\r\n\r\n", status: 200 },
  { request: "PUT /livez HTTP/1.1\r\n\r\n", status: 405, headers: { allow: "GET,HEAD" } },
  { request: "GET /healthz HTTP/1.1\r\n\r\n", status: 404 },
  { request: "GET /readyz/ HTTP/1.1\r\n\r\n", status: 404 },
  { request: `GET /ws HTTP/1.1\r\n${UPGRADE}\r\n`, status: 404 },
  { request: "OPTIONS * HTTP/1.1\r\n\r\n", status: 404 },
  { request: "hello\r\n\r\n", status: 400, body: "malformed request line" },
  { request: "GET / HTTP/2.0\r\n\r\n", status: 400, body: "malformed request line" },
  { request: "GET / HTTP/1.1\r\nno colon\r\n\r\n", status: 400, body: "malformed header" },
  { request: "GET / HTTP/1.1\r\nOrigin : x\r\n\r\n", status: 400, body: "malformed header" },
  { request: `GET / HTTP/1.1\r\nX: ${"x".repeat(16 * 1024)}\r\n\r\n`, status: 431, body: "request head is too large" },
];

Deno.test("websocket listener: every row of the route table", async (t) => {
  await using server = await startServer();
  for (const { request, status, body = "", headers = {} } of ROWS) {
    await t.step(`${JSON.stringify(request.slice(0, 70))} is answered with ${status}`, async () => {
      const response = await rawHttp(server.url, request);
      assertEquals({ status: response.status, body: response.body }, { status, body });
      for (const [name, value] of Object.entries(headers)) assertEquals(response.headers.get(name), value);
      if (body !== "") assertEquals(response.headers.get("content-type"), TEXT);
      if (status !== 101) return;
      assertEquals(response.headers.get("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      assertEquals(response.headers.get("sec-websocket-protocol"), undefined);
      assertEquals(response.headers.get("sec-websocket-extensions"), undefined);
    });
  }
  assertEquals(server.stderr, []);
});

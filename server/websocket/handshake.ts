import { TEXTS } from "../../protocol/mod.ts";
import type { HttpHead } from "../http_head.ts";
import { isLoopbackHost } from "../loopback.ts";

/** An HTTP answer that ends the connection, or undefined members for the 101. */
export interface HttpAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What to do with a request: answer it, or go on as a websocket with this accept key. */
export type Route =
  | { readonly kind: "answer"; readonly answer: HttpAnswer }
  | { readonly kind: "upgrade"; readonly key: string };

const HANDSHAKE_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  411: "Length Required",
  413: "Content Too Large",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
};

/** What a listener's state says about its requests. */
export interface RouteOptions {
  /** Whether new connections are taken; false makes `/readyz` and upgrades answer 503. */
  readonly ready: boolean;
  /** Whether `Host` has to name this machine: a web page whose name was rebound to it names itself there. */
  readonly checkHost: boolean;
}

/**
 * Decides what a request to the listener gets. A browser's request (any `Origin` header) is refused before anything
 * else.
 *
 * Source: exec-server protocol, sections 4.2 and 4.3; `/livez` and the check of `Host` are additions.
 */
export function route(head: HttpHead, options: RouteOptions): Route {
  const answer = commonAnswer(head, options);
  if (answer !== undefined) return answered(answer);
  return head.path === "/" ? upgrade(head, options.ready) : answered({ status: 404 });
}

/** What every listener answers alike: web pages and the health of the server. */
export function commonAnswer(head: HttpHead, { ready, checkHost }: RouteOptions): HttpAnswer | undefined {
  if (head.headers.has("origin")) return { status: 403 };
  const host = head.headers.get("host");
  if (checkHost && host !== undefined && !isLoopbackHost(host)) return { status: 403, body: TEXTS.foreignHost };
  return head.path === "/readyz" || head.path === "/livez" ? health(head, ready) : undefined;
}

/** Whether a request opens a websocket. @param ready whether new connections are taken */
export function upgrade(head: HttpHead, ready: boolean): Route {
  if (head.method !== "GET") return answered({ status: 405, body: "Request method must be `GET`" });
  if (!listHas(head, "connection", "upgrade")) return badUpgrade("Connection header did not include 'upgrade'");
  if (!listHas(head, "upgrade", "websocket")) return badUpgrade("Upgrade header did not include 'websocket'");
  const key = head.headers.get("sec-websocket-key");
  if (key === undefined || key === "") return badUpgrade("Sec-WebSocket-Key header missing");
  if (!ready) return answered({ status: 503, body: "server is shutting down" });
  return { kind: "upgrade", key };
}

function health(head: HttpHead, ready: boolean): HttpAnswer {
  if (head.method !== "GET" && head.method !== "HEAD") return { status: 405, headers: { allow: "GET,HEAD" } };
  return { status: head.path === "/livez" || ready ? 200 : 503 };
}

function answered(answer: HttpAnswer): Route {
  return { kind: "answer", answer };
}

function badUpgrade(body: string): Route {
  return answered({ status: 400, body });
}

function listHas(head: HttpHead, name: string, token: string): boolean {
  return (head.headers.get(name) ?? "").split(",").some((item) => item.trim().toLowerCase() === token);
}

/** The bytes of an answer; the connection is closed behind it. */
export function encodeAnswer(answer: HttpAnswer, withBody: boolean): Uint8Array {
  const body = answer.body ?? "";
  const lines = [
    `HTTP/1.1 ${answer.status} ${REASONS[answer.status] ?? ""}`,
    ...(body === "" || answer.headers?.["content-type"] ? [] : ["content-type: text/plain; charset=utf-8"]),
    ...Object.entries(answer.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${new TextEncoder().encode(body).length}`,
    "connection: close",
  ];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n${withBody ? body : ""}`);
}

/** The bytes of a 101 answer (RFC 6455 section 4.2.2); no subprotocol and no extension is ever agreed. */
export async function encodeUpgrade(key: string): Promise<Uint8Array> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(key + HANDSHAKE_GUID));
  return new TextEncoder().encode(
    "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n" +
      `sec-websocket-accept: ${new Uint8Array(digest).toBase64()}\r\n\r\n`,
  );
}

import type { PeerScript } from "../support/raw_peer.ts";
import type { GoldenCase } from "./golden_case.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/** What the peer of the recordings did, as far as it shows in them. @param real puts the real ports into a text */
export function goldenScript(golden: GoldenCase, real: (text: string) => string): PeerScript {
  return async (request, connection) => {
    const [, target = ""] = request.requestLine.split(" ");
    const path = target.split("?")[0] as string;
    const chain = /^\/n\/(\d+)$/.exec(path)?.[1];
    if (chain !== undefined) return await connection.write(chainAnswer(Number(chain)));
    switch (path) {
      case "/x":
      case "/r":
        await connection.write(real(peerResponse(golden)));
        if (path === "/x") connection.close();
        return;
      case "/final":
        return await connection.write("HTTP/1.1 200 OK\r\nX-Final: 1\r\nContent-Length: 5\r\n\r\nfinal");
      case "/up":
      case "/k":
        return await connection.write(OK);
      case "/ka":
        await connection.write(OK);
        return connection.close();
      case "/slowhead":
        if (await pause(1_500, connection.ended)) await connection.write(OK);
        return;
      case "/slowbody":
        await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart");
        return await connection.ended;
      case "/drip":
        await connection.write(CHUNKED);
        for (let i = 0; i < 12; i++) {
          await connection.write(`1\r\n${i % 10}\r\n`);
          if (!await pause(100, connection.ended)) return;
        }
        return await connection.write("0\r\n\r\n");
      case "/hold":
        await connection.write(`${CHUNKED}5\r\nhello\r\n`);
        if (await pause(400, connection.ended)) await connection.write("0\r\n\r\n");
        return;
      case "/early":
        await connection.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return connection.close();
      default:
        return await connection.write(golden.frameSizes === undefined ? recordedAnswer(golden) : bigAnswer(golden));
    }
  };
}

/** Waits. @returns false when the connection ends first */
async function pause(ms: number, ended: Promise<void>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(true), ms);
  const result = await Promise.race([promise, ended.then(() => false)]);
  clearTimeout(timer);
  return result;
}

function chainAnswer(left: number): string {
  return left === 0
    ? "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nend"
    : `HTTP/1.1 302 R\r\nLocation: /n/${left - 1}\r\nContent-Length: 0\r\n\r\n`;
}

function peerResponse({ case: name, peerResponse = "" }: GoldenCase): string {
  // long ones are cut off in the recordings
  if (name === "resp_header_huge") return `HTTP/1.1 200 OK\r\nX-Big: ${"a".repeat(1_048_576)}\r\n\r\n`;
  const count = /^resp_headers_(\d+)$/.exec(name)?.[1];
  if (count !== undefined) {
    const headers = Array.from({ length: Number(count) - 1 }, (_, i) => `X-H${i}: v\r\n`).join("");
    return `HTTP/1.1 200 OK\r\n${headers}Content-Length: 0\r\n\r\n`;
  }
  return peerResponse.startsWith("base64:") ? atob(peerResponse.slice("base64:".length)) : peerResponse;
}

/** The response that the original passed on. */
function recordedAnswer({ frames = [] }: GoldenCase): string {
  const answer = frames.find(({ dir, msg }) => dir === "recv" && msg?.result !== undefined);
  const result = answer?.msg?.result as {
    status: number;
    headers: { name: string; value: string }[];
    bodyBase64: string;
  } | undefined;
  if (result?.headers === undefined) return OK;
  const headers = result.headers.map(({ name, value }) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${result.status} X\r\n${headers}\r\n${atob(result.bodyBase64)}`;
}

function bigAnswer({ frameSizes = [] }: GoldenCase): Uint8Array {
  const body = bigBody(frameSizes);
  const head = new TextEncoder().encode(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
}

/** The body of `stream_big`: bytes that count up. */
export function bigBody(frameSizes: readonly number[]): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(frameSizes.reduce((sum, size) => sum + size, 0));
  for (let i = 0; i < body.length; i++) body[i] = i & 255;
  return body;
}

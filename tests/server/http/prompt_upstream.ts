/// <reference lib="deno.worker" />
/**
 * An HTTP server on a thread of its own, which answers while the main thread waits busily. Posts its port, then a
 * message for each connection it has ended.
 *
 * @module
 */
import { writeAll } from "../../../server/byte_stream.ts";
import { socketDescriptor } from "../../../server/http/socket_descriptor.ts";

const SMALL = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const SHUT_WR = 1;
const LARGE = 300_000;
const encoder = new TextEncoder();

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
postMessage(listener.addr.port);
for await (const conn of listener) serve(conn).catch(() => {}); // the client is gone

/** Ends a connection before this returns, which `close` does not promise. */
function end(conn: Deno.TcpConn, how: "regularly" | "with a reset"): void {
  const libc = Deno.dlopen("libc.so.6", {
    connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    shutdown: { parameters: ["i32", "i32"], result: "i32" },
  });
  const fd = socketDescriptor(conn) as number;
  // an address of no family disconnects
  if (how === "with a reset") libc.symbols.connect(fd, new Uint8Array(16), 16);
  else libc.symbols.shutdown(fd, SHUT_WR);
  libc.close();
  postMessage("ended");
}

async function serve(conn: Deno.TcpConn): Promise<void> {
  conn.setNoDelay(true);
  const send = (text: string) => writeAll(conn, encoder.encode(text));
  const buffer = new Uint8Array(16_384);
  // requests come one at a time and in one piece, except for what nobody reads
  for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
    const [, path = ""] = new TextDecoder().decode(buffer.subarray(0, count)).split(" ");
    if (path === "/pieces") {
      for (const piece of ["HTTP/1.1 200 OK\r\ncontent-", "length: 6\r\n\r\nab", "cd", "ef"]) await send(piece);
    } else if (path === "/large") {
      await send(`HTTP/1.1 200 OK\r\ncontent-length: ${LARGE}\r\n\r\n${"x".repeat(LARGE)}`);
    } else if (path === "/late") {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await send(SMALL);
    } else if (path === "/cut") {
      await send("HTTP/1.1 200 OK\r\n\r\npart");
      return end(conn, "with a reset");
    } else {
      await send(SMALL);
      if (path === "/last") return end(conn, "regularly");
    }
  }
  conn.close();
}

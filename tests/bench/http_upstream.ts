// deno-lint-ignore-file no-console -- the parent reads its URL
/**
 * The HTTP server that requests of the bench go to, as a program of its own: prints its URL and runs until it is killed.
 *
 * `/small` is 1 KiB, `/slow` 2 bytes after 250 ms, `/bytes/N` N bytes.
 *
 * @module
 */
const head = (length: number) => new TextEncoder().encode(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`);
const small = new Uint8Array([...head(1024), ...new Uint8Array(1024).fill(97)]);
const piece = new Uint8Array(1024 * 1024).fill(97);

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`);
for await (const conn of listener) serve(conn).catch(() => {}); // the client is gone

async function serve(conn: Deno.TcpConn): Promise<void> {
  conn.setNoDelay(true);
  const buffer = new Uint8Array(16_384);
  // requests come one at a time and in one piece
  for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
    const [, path = ""] = new TextDecoder().decode(buffer.subarray(0, count)).split(" ");
    if (path === "/small") {
      await writeAll(conn, small);
    } else if (path === "/slow") {
      await new Promise((resolve) => setTimeout(resolve, 250));
      await writeAll(conn, new Uint8Array([...head(2), 111, 107]));
    } else {
      let left = Number(path.slice("/bytes/".length));
      await writeAll(conn, head(left));
      for (; left > 0; left -= piece.length) await writeAll(conn, piece.subarray(0, left));
    }
  }
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await conn.write(rest));
}

/**
 * The server's program with a second door, for long tests alone: a unix socket that tells what memory is in use, and the
 * end of whose first connection ends the server, so that it outlives no tool that was killed.
 *
 *     deno run -A --v8-flags=--expose-gc tests/support/watched_program.ts SOCKET [flags of the server]
 *
 * @module
 */
import { main } from "../../cli/main.ts";
import type { LiveMemory } from "./watched_server.ts";

const [path = "", ...args] = Deno.args;
const TURNS = 20;
const UNLEASHED_MS = 60_000;
const USED = 7, MAPPED = 4;
const { gc } = globalThis as unknown as { gc(): void };
const encoder = new TextEncoder();

const { mallinfo2 } = Deno.dlopen("libc.so.6", {
  mallinfo2: {
    parameters: [],
    result: { struct: ["u64", "u64", "u64", "u64", "u64", "u64", "u64", "u64", "u64", "u64"] },
  },
}).symbols;

openDoor();
Deno.exit(await main(args));

async function openDoor(): Promise<void> {
  const door = Deno.listen({ transport: "unix", path });
  const end = () => Deno.kill(Deno.pid, "SIGTERM");
  // whoever started it may be gone before it came
  const unleashed = setTimeout(end, UNLEASHED_MS);
  const leash = await door.accept();
  clearTimeout(unleashed);
  leash.read(new Uint8Array(1)).then(end);
  for await (const conn of door) {
    const bytes = encoder.encode(JSON.stringify(await liveMemory()));
    await conn.write(bytes);
    conn.close();
  }
}

/** What is in use after everything unused was collected. */
async function liveMemory(): Promise<LiveMemory> {
  // finalizers run in later turns and free what the next collection finds
  for (let turn = 0; turn < TURNS; turn++) {
    if (turn % (TURNS / 4) === 0) gc();
    await new Promise((resolve) => setTimeout(resolve));
  }
  gc();
  const info = new BigUint64Array(mallinfo2().buffer as ArrayBuffer);
  return { heap: Deno.memoryUsage().heapUsed, native: Number(info[USED]) + Number(info[MAPPED]) };
}

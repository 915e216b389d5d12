/** Prints whether a block of 8 MiB has a mapping of its own after one of 16 MiB was freed, without and with a server. */
import { ExecServer } from "../../../server/mod.ts";

const MIB = 2 ** 20, WORDS = 10, MAPPINGS = 3;

const libc = Deno.dlopen("libc.so.6", {
  malloc: { parameters: ["usize"], result: "pointer" },
  free: { parameters: ["pointer"], result: "void" },
  mallinfo2: {
    parameters: [],
    result: { struct: ["u64", "u64", "u64", "u64", "u64", "u64", "u64", "u64", "u64", "u64"] },
  },
}).symbols;

function mappings(): number {
  return Number(new BigUint64Array(libc.mallinfo2().buffer as ArrayBuffer, 0, WORDS)[MAPPINGS]);
}

function hasOwnMapping(bytes: bigint): boolean {
  const before = mappings();
  const block = libc.malloc(bytes);
  const apart = mappings() > before;
  libc.free(block);
  return apart;
}

hasOwnMapping(BigInt(16 * MIB));
const alone = hasOwnMapping(BigInt(8 * MIB));
const server = await ExecServer.create();
hasOwnMapping(BigInt(16 * MIB));
const withServer = hasOwnMapping(BigInt(8 * MIB));
await server.shutdown();
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify({ alone, withServer })));

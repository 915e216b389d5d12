/** A server that uses a helper, prints its process id and waits to be killed. */
import { HelperPool } from "../../sandbox/helper_pool.ts";
import { denoSpawner } from "../../sandbox/spawn_helper.ts";
import { policyOf } from "./support.ts";

const [inside = ""] = Deno.args;
const real = denoSpawner();
let pid = 0;
const pool = new HelperPool({
  spawn: (flags) => {
    const child = real(flags);
    pid = child.pid;
    return child;
  },
});
await pool.filesystem(policyOf(`w ${inside}`)).readFile(`${inside}/note.txt`);
await Deno.stdout.write(new TextEncoder().encode(String(pid)));
setInterval(() => {}, 1000);

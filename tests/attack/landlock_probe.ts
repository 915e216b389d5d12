/** Restricts itself to reading one directory, unless told not to, and prints what it can still do. */
import { openLibc } from "../../sandbox/posix/libc.ts";
import { restrictThread } from "../../sandbox/posix/landlock.ts";
import { PosixDisk } from "../../sandbox/posix/posix_disk.ts";

const [libcPath = "", inside = "", outside = "", wall = ""] = Deno.args;
const libc = openLibc(libcPath);
const fd = new PosixDisk(libc).jump(inside) as number;
if (wall === "landlock") restrictThread(libc, [{ fd, isDirectory: true, access: "write" }]);
const tried = {
  readInside: attempt(() => Deno.readTextFileSync(`${inside}/note.txt`)),
  writeInside: attempt(() => Deno.writeTextFileSync(`${inside}/new`, "x")),
  readOutside: attempt(() => Deno.readTextFileSync(`${outside}/secret.txt`)),
  readThroughLink: attempt(() => Deno.readTextFileSync(`${inside}/l/secret.txt`)),
  writeOutside: attempt(() => Deno.writeTextFileSync(`${outside}/new`, "x")),
  writeThroughLink: attempt(() => Deno.writeTextFileSync(`${inside}/l/new`, "x")),
  makeOutside: attempt(() => Deno.mkdirSync(`${outside}/d-${wall}`)),
  renameOutside: attempt(() => Deno.renameSync(`${inside}/note.txt`, `${outside}/note.txt`)),
  listOutside: attempt(() => [...Deno.readDirSync(outside)]),
  runProgram: attempt(() => new Deno.Command("/bin/true").outputSync()),
};
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(tried)));

function attempt(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}

/** Starts a worker with the permissions of a policy, unless told not to, and prints what that can still do. */
import { workerPermissions } from "../../sandbox/self_helper.ts";

const [inside = "", outside = "", wall = ""] = Deno.args;
const probe = `
  const [inside, outside, wall] = ${JSON.stringify([inside, outside, wall])};
  const attempt = (call) => { try { call(); return true; } catch { return false; } };
  postMessage({
    readInside: attempt(() => Deno.readTextFileSync(inside + "/note.txt")),
    writeInside: attempt(() => Deno.writeTextFileSync(inside + "/new", "x")),
    readOutside: attempt(() => Deno.readTextFileSync(outside + "/secret.txt")),
    writeOutside: attempt(() => Deno.writeTextFileSync(outside + "/new", "x")),
    listOutside: attempt(() => [...Deno.readDirSync(outside)]),
    runProgram: attempt(() => new Deno.Command("/bin/true").outputSync()),
    readEnvironment: attempt(() => Deno.env.toObject()),
    listen: attempt(() => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close()),
    askSystem: attempt(() => Deno.hostname()),
  });`;
const policy = {
  entries: [{ path: inside, access: "write" as const }],
  denyGlobs: [],
  fullRead: false,
  fullWrite: false,
};
const permissions = wall === "worker" ? workerPermissions(policy, undefined) : "inherit";
const worker = new Worker(`data:application/javascript,${encodeURIComponent(probe)}`, {
  type: "module",
  deno: { permissions },
});
worker.onmessage = async ({ data }) => {
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(data)));
  Deno.exit(0);
};

import { assert, assertEquals } from "@std/assert";
import { HAS_BWRAP } from "../../server/process/sandbox/scene.ts";
import { ServerProcess } from "../../support/server_process.ts";
import { serverCommand, startServer } from "../../support/test_server.ts";
import { type AttackRun, tryAttack } from "./attack_scene.ts";
import { ATTACKS } from "./attacks.ts";

const NOBODY = 65534;
const isRoot = Deno.uid() === 0;
const hasPerl = Deno.build.os === "linux" && runs("perl", "-e", "1");

function runs(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** A server of user nobody, with a cache of its own. */
function nobodysServer(): Promise<ServerProcess> {
  const { program, args } = serverCommand();
  const user = ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups", "--"];
  const env = { DENO_DIR: `${Deno.env.get("DENO_DIR") ?? ""}`, HOME: "/nonexistent" };
  return ServerProcess.start({ program: "setpriv", args: [...user, program, ...args], env });
}

interface Variant {
  readonly name: string;
  readonly ignore: boolean;
  readonly way: AttackRun["way"];
  readonly owner?: number;
  readonly start: () => Promise<ServerProcess>;
}

const VARIANTS: readonly Variant[] = [
  { name: "bubblewrap", ignore: !HAS_BWRAP, way: "bwrap", start: () => startServer() },
  {
    name: "bubblewrap as nobody",
    ignore: !HAS_BWRAP || !isRoot || !runs("setpriv", "--version"),
    way: "bwrap",
    owner: NOBODY,
    start: nobodysServer,
  },
  { name: "Landlock", ignore: !hasPerl, way: "landlock", start: () => startServer("--bwrap", "/nonexistent") },
];

for (const { name, ignore, way, owner, start } of VARIANTS) {
  Deno.test({
    name: `attacks of processes: held by ${name}`,
    ignore: ignore || !hasPerl,
    fn: async (t) => {
      await using server = await start();
      for (const attack of ATTACKS.filter(({ landlock }) => way !== "landlock" || landlock === true)) {
        await t.step(attack.name, async () => {
          assertEquals(await tryAttack(attack, { server, way, owner }), undefined);
        });
      }
    },
  });
}

Deno.test({
  name: "attacks of processes: work without a sandbox",
  ignore: !hasPerl,
  fn: async (t) => {
    await using server = await startServer();
    for (const attack of ATTACKS) {
      const ignore = attack.control === "none" || (attack.control === "root" && !isRoot);
      await t.step({
        name: attack.name,
        ignore,
        fn: async () => {
          assert(await tryAttack(attack, { server, way: "none" }) !== undefined, "the attack did nothing");
        },
      });
    }
  },
});

import { assert, assertEquals } from "@std/assert";
import { type Filesystem, RpcError } from "../../protocol/mod.ts";
import { LocalFilesystem } from "../../server/filesystem/local_filesystem.ts";
import { bytes, type Scene, scene, snapshot } from "../sandbox_helper/support.ts";
import { giveAway } from "./attack.ts";
import { VARIANTS } from "./variants.ts";

const RACE_MS = Number(Deno.env.get("ATTACK_RACE_MS") ?? 400);

let counter = 0;

interface Race {
  readonly policy?: readonly string[];
  /** Makes both sides of the swap. */
  readonly trap: (scene: Scene) => readonly [string, string];
  readonly run: (files: Filesystem, scene: Scene) => unknown;
  /** Puts back what a round used up; may fail while things are swapped. */
  readonly reset?: (scene: Scene) => void;
  /** False where it comes to nothing without a sandbox as well, or too rarely to count on. */
  readonly control?: false;
}

const recursive = { recursive: true }, single = { recursive: false };
const walkAll = {
  maxDepth: 64,
  maxDirectories: 1000,
  maxEntries: 1000,
  followDirectorySymlinks: true,
  pruneHiddenDirectories: false,
};

/** `inside/d`, a directory, against `inside/x`, a link to the outside. */
function directoryAndLink({ inside, outside }: Scene): readonly [string, string] {
  Deno.mkdirSync(`${inside}/d`);
  Deno.writeTextFileSync(`${inside}/d/secret.txt`, "harmless");
  Deno.symlinkSync(outside, `${inside}/x`);
  return [`${inside}/d`, `${inside}/x`];
}

/** `inside/f`, a file, against `inside/x`, a link to the secret. */
function fileAndLink({ inside, outside }: Scene): readonly [string, string] {
  Deno.writeTextFileSync(`${inside}/f`, "harmless");
  Deno.symlinkSync(`${outside}/secret.txt`, `${inside}/x`);
  return [`${inside}/f`, `${inside}/x`];
}

/** A tree below `inside/t` with a directory that becomes a link. */
function treeAndLink(place: Scene): readonly [string, string] {
  Deno.mkdirSync(`${place.inside}/t/d`, { recursive: true });
  Deno.writeTextFileSync(`${place.inside}/t/d/secret.txt`, "harmless");
  Deno.symlinkSync(place.outside, `${place.inside}/x`);
  return [`${place.inside}/t/d`, `${place.inside}/x`];
}

const RACES: Readonly<Record<string, Race>> = {
  "read behind a directory": { trap: directoryAndLink, run: (f, { inside }) => f.readFile(`${inside}/d/secret.txt`) },
  "read a file": { trap: fileAndLink, run: (f, { inside }) => f.readFile(`${inside}/f`) },
  "read without following": {
    trap: directoryAndLink,
    run: (f, { inside }) => f.readFile(`${inside}/d/secret.txt`, { followSymlinks: false }),
  },
  "read a denied directory": {
    policy: ["r /", "w $/inside", "d $/outside"],
    trap: directoryAndLink,
    run: (f, { inside }) => f.readFile(`${inside}/d/secret.txt`),
  },
  "open and read": {
    trap: directoryAndLink,
    run: async (f, { inside }) => {
      const file = await f.open(`${inside}/d/secret.txt`);
      try {
        return await file.readBlock(0, 100);
      } finally {
        await file.close();
      }
    },
  },
  "write behind a directory": {
    trap: directoryAndLink,
    run: (f, { inside }) => f.writeFile(`${inside}/d/new.txt`, bytes("x")),
  },
  "write a file": { trap: fileAndLink, run: (f, { inside }) => f.writeFile(`${inside}/f`, bytes("x")) },
  "make directories": {
    trap: directoryAndLink,
    run: (f, { inside }) => f.createDirectory(`${inside}/d/n${counter++}/m`),
  },
  "remove a file": {
    trap: directoryAndLink,
    run: (f, { inside }) => f.remove(`${inside}/d/secret.txt`),
  },
  "remove a tree": {
    trap: treeAndLink,
    run: (f, { inside }) => f.remove(`${inside}/t`),
    reset: ({ inside, outside }) => {
      // made elsewhere and moved, so that this itself is not led outside
      const made = `${inside}/made${counter++}`;
      Deno.mkdirSync(`${made}/d`, { recursive: true });
      Deno.writeTextFileSync(`${made}/d/secret.txt`, "harmless");
      Deno.renameSync(made, `${inside}/t`);
      Deno.removeSync(`${inside}/x`, { recursive: true });
      Deno.symlinkSync(outside, `${inside}/x`);
    },
    // the library that Deno uses works on descriptors here
    control: false,
  },
  "copy to a directory": {
    trap: directoryAndLink,
    run: (f, { inside }) => f.copy(`${inside}/note.txt`, `${inside}/d/copied`, single),
  },
  "copy a tree": {
    trap: treeAndLink,
    run: async (f, { inside }) => {
      await f.copy(`${inside}/t`, `${inside}/t2`, recursive);
      return await f.readFile(`${inside}/t2/d/secret.txt`);
    },
    reset: ({ inside }) => Deno.removeSync(`${inside}/t2`, { recursive: true }),
    control: false,
  },
  "list a directory": {
    trap: (place) => {
      Deno.writeTextFileSync(`${place.outside}/secret!`, "");
      return directoryAndLink(place);
    },
    run: (f, { inside }) => f.readDirectory(`${inside}/d`),
  },
  "walk": {
    trap: (place) => {
      Deno.writeTextFileSync(`${place.outside}/secret!`, "");
      return directoryAndLink(place);
    },
    run: (f, { inside }) => f.walk(`${inside}/d`, walkAll),
  },
};

async function race(attack: Race, place: Scene, files: Filesystem, ms: number): Promise<Record<string, number>> {
  const [a, b] = attack.trap(place);
  Deno.mkdirSync(`${place.outside}/sub`);
  return await swapping(a, b, async () => {
    const before = JSON.stringify(snapshot(place.outside));
    let answers = 0, leaks = 0, rounds = 0;
    for (const end = performance.now() + ms; performance.now() < end; rounds++) {
      try {
        const answer = await attack.run(files, place);
        const text = answer instanceof Uint8Array ? new TextDecoder().decode(answer) : JSON.stringify(answer ?? "");
        answers++;
        if (text.includes("secret!")) leaks++;
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        if (/helper/.test(error.message)) throw error;
      }
      try {
        attack.reset?.(place);
      } catch {
        // next time
      }
    }
    const changes = JSON.stringify(snapshot(place.outside)) === before ? 0 : 1;
    return { rounds, answers, leaks, changes };
  });
}

/** Runs something while another process swaps two names. */
async function swapping<T>(a: string, b: string, during: () => Promise<T>): Promise<T & { swaps: number }> {
  const program = new URL("./swapper.ts", import.meta.url).href;
  const args = ["run", "-A", "--no-config", "--no-check", program, a, b];
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  let result: T;
  try {
    result = await during();
  } finally {
    await child.stdin.close();
  }
  const swaps = Number(new TextDecoder().decode((await reader.read()).value));
  await reader.cancel();
  await child.status;
  return { ...result, swaps };
}

for (const { name, options, owner, ignore, raceFree } of VARIANTS) {
  Deno.test({
    name: `races: ${name} hold while names are swapped`,
    ignore: ignore || !raceFree,
    fn: async (t) => {
      for (const [what, attack] of Object.entries(RACES)) {
        await t.step(what, async () => {
          await using place = await scene(options);
          if (owner !== undefined) giveAway(place.root, owner);
          const files = place.under(...attack.policy ?? ["w $/inside"]);
          const { leaks, changes, rounds = 0, swaps = 0 } = await race(attack, place, files, RACE_MS);
          assertEquals({ leaks, changes }, { leaks: 0, changes: 0 });
          assert(rounds > 10 && swaps > 100, `${rounds} rounds, ${swaps} swaps`);
        });
      }
    },
  });
}

Deno.test({
  name: "races: without a sandbox they leak",
  ignore: Deno.build.os !== "linux",
  fn: async (t) => {
    for (const [what, attack] of Object.entries(RACES)) {
      if (attack.control === false) continue;
      await t.step(what, async () => {
        await using place = await scene();
        const { leaks = 0, changes = 0 } = await race(attack, place, new LocalFilesystem(), 300);
        assert(leaks + changes > 0, "nothing came out");
      });
    }
  },
});

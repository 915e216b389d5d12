import { assertEquals } from "@std/assert";
import { Anchors } from "../../sandbox/helper/anchors.ts";
import { openToRead, openToWrite } from "../../sandbox/helper/files.ts";
import { Guard } from "../../sandbox/helper/guard.ts";
import { CarriedObjects } from "../../sandbox/helper/memory.ts";
import { Walker } from "../../sandbox/helper/walker.ts";
import { findLibc } from "../../sandbox/libc_path.ts";
import type { Policy, PolicyEntry } from "../../sandbox/policy.ts";
import { openLibc } from "../../sandbox/posix/libc.ts";
import { OsError } from "../../sandbox/posix/os_error.ts";
import { PosixDisk } from "../../sandbox/posix/posix_disk.ts";
import { seededRandom } from "../protocol/random.ts";
import { tempDir } from "../support/temp_dir.ts";

const NAMES = ["a", "b", "ab"];
/** `DECISIONS=1000000 deno test -A tests/sandbox_helper/decisions_test.ts` for the long run. */
const ROUNDS = Number(Deno.env.get("DECISIONS") ?? 20_000);
const PER_POLICY = 100;

type Random = () => number;

/** A file `f` in every directory of a tree, and links from each directory to a place elsewhere in it. */
function plant(directory: string, depth: number, root: string, random: Random, links: Map<string, string>): void {
  Deno.writeTextFileSync(`${directory}/f`, "x");
  const target = `${root}${somePath(random)}`;
  Deno.symlinkSync(target, `${directory}/l`);
  links.set(`${directory}/l`, target);
  if (depth === 0) return;
  for (const name of NAMES) {
    Deno.mkdirSync(`${directory}/${name}`);
    plant(`${directory}/${name}`, depth - 1, root, random, links);
  }
}

function somePath(random: Random): string {
  return Array.from({ length: Math.floor(random() * 4) }, () => `/${pick(NAMES, random)}`).join("");
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)] as T;
}

function somePolicy(root: string, random: Random): Policy {
  const entries = new Map<string, PolicyEntry>();
  if (random() < 0.3) entries.set("/", { path: "/", access: random() < 0.7 ? "read" : "write" });
  for (let i = random() * 6; i > 0; i--) {
    const path = `${root}${somePath(random)}${random() < 0.2 ? "/f" : ""}`;
    entries.set(path, { path, access: pick(["read", "write", "deny"], random) });
  }
  const denyGlobs = random() < 0.3 ? [`${root}/**/${pick(["f", "b", "a*"], random)}`] : [];
  return { entries: [...entries.values()], denyGlobs, fullRead: false, fullWrite: false };
}

/** The rules of the specification, word for word and slowly: what must come of opening a file. */
class Model {
  constructor(readonly policy: Policy, readonly links: ReadonlyMap<string, string>) {}

  outcome(path: string, write: boolean): number | "ok" {
    let at = "";
    let rest = path.split("/").slice(1);
    if (this.#access(path).access !== "none" && !this.#crosses(path)) return this.#end(path, write);
    for (let hops = 0; rest.length > 0;) {
      at = `${at}/${rest[0]}`;
      rest = rest.slice(1);
      const { access, denied } = this.#access(at);
      const leadsOn = this.policy.entries.some((entry) => entry.access !== "deny" && entry.path.startsWith(`${at}/`));
      if (access === "none" && !leadsOn) return denied ? 13 : 2;
      const target = this.links.get(at);
      if (target === undefined) continue;
      if (++hops > 40) return 40;
      rest = [...target.split("/").slice(1), ...rest];
      at = "";
    }
    return this.#end(at, write);
  }

  #end(path: string, write: boolean): number | "ok" {
    const { access, denied } = this.#access(path);
    if (access === "none") return denied ? 13 : 2;
    return write && access === "read" ? 30 : "ok";
  }

  #crosses(path: string): boolean {
    return [...this.links.keys()].some((link) => path === link || path.startsWith(`${link}/`));
  }

  #access(path: string): { access: "none" | "read" | "write"; denied: boolean } {
    let at = path;
    let found: PolicyEntry["access"] | undefined;
    for (;;) {
      found = this.policy.entries.find((entry) => entry.path === at)?.access;
      if (found !== undefined || at === "/") break;
      at = at.slice(0, at.lastIndexOf("/")) || "/";
    }
    const glob = this.policy.denyGlobs.some((pattern) => {
      const [prefix = "", name = ""] = pattern.split("/**/");
      if (!path.startsWith(`${prefix}/`)) return false;
      const matches = (part: string) => name === "a*" ? part.startsWith("a") : part === name;
      return path.slice(prefix.length + 1).split("/").some(matches);
    });
    const denied = found === "deny" || glob;
    return { access: denied || found === undefined || found === "deny" ? "none" : found, denied };
  }
}

Deno.test({
  name: "decisions: what the walk lets through is what the specification grants",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using dir = await tempDir();
    const root = dir.path;
    const random = seededRandom(3);
    const links = new Map<string, string>();
    plant(root, 3, root, random, links);
    const disk = new PosixDisk(openLibc(findLibc() ?? ""));
    const seen = new Map<number | "ok", number>();
    for (let round = 0; round < ROUNDS; round += PER_POLICY) {
      const policy = somePolicy(root, random);
      const guard = new Guard(policy);
      const walker = new Walker(disk, guard, new CarriedObjects([], () => {}), new Anchors(guard));
      const model = new Model(policy, links);
      for (let i = 0; i < PER_POLICY; i++) {
        const through = random() < 0.4 ? `/l${random() < 0.3 ? "/l" : ""}` : "";
        const path = `${root}${somePath(random)}${through}/f`;
        const write = random() < 0.5;
        const expected = model.outcome(path, write);
        const found = open(walker, guard, path, write);
        assertEquals({ policy, path, write, found }, { policy, path, write, found: expected });
        seen.set(found, (seen.get(found) ?? 0) + 1);
      }
    }
    // each kind of answer was among them, or nothing was tested
    for (const kind of ["ok", 2, 13, 30] as const) assertEquals((seen.get(kind) ?? 0) > ROUNDS / 200, true, `${kind}`);
  },
});

function open(walker: Walker, guard: Guard, path: string, write: boolean): number | "ok" {
  const locate = () => walker.resolve(path, "all");
  try {
    const opener = { walker, guard };
    const file = write ? openToWrite(opener, locate, 0o666) : openToRead(opener, locate, new Error("not a file"));
    file.close();
    return "ok";
  } catch (error) {
    if (error instanceof OsError) return error.errno;
    throw error;
  }
}

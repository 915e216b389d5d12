import { assertEquals } from "@std/assert";
import { type Filesystem, RpcError } from "../../protocol/mod.ts";
import { HelperPool } from "../../sandbox/helper_pool.ts";
import { localHostFacts } from "../../sandbox/host_facts.ts";
import type { Policy } from "../../sandbox/policy.ts";
import { policyKey } from "../../sandbox/policy_key.ts";
import type { ProfileEntry } from "../../sandbox/profile.ts";
import { resolvePolicy } from "../../sandbox/resolve.ts";
import { seededRandom } from "../protocol/random.ts";
import type { ModelPolicy } from "../sandbox/reference_model.ts";
import { pick } from "../sandbox/random_policies.ts";
import { tempDir } from "../support/temp_dir.ts";
import { type Extent, Failure, ModelFilesystem, OwnText } from "./model_filesystem.ts";
import { differences, readTree, type Tree } from "./model_tree.ts";

/** How much to try. */
export interface TripleOptions {
  readonly seed: number;
  /** Triples of policy, path and operation. */
  readonly count: number;
  /** Triples for each policy. */
  readonly perPolicy: number;
  /** Stop after this, however many were tried. */
  readonly maxMs: number;
}

/** What was tried. */
export interface TripleReport {
  readonly triples: number;
  readonly policies: number;
  /** By operation and answer. */
  readonly answers: ReadonlyMap<string, number>;
}

type Random = () => number;

const NAMES = ["a", "b", "c", ".git", "x.env"];
const IN_FLIGHT = 32;
const TREE_CHECK_EVERY = 64;
const BOUNDS = {
  maxDepth: 64,
  maxDirectories: 10_000,
  maxEntries: 50_000,
  followDirectorySymlinks: false,
  pruneHiddenDirectories: false,
};

/** One operation on both sides. */
interface Trial {
  readonly name: string;
  readonly changes: boolean;
  /** What the model says; it changes its tree. */
  readonly expected: () => string | Extent | void;
  readonly real: (files: Filesystem) => Promise<string | void>;
}

/**
 * Runs random operations on random paths under random policies in real helpers, and compares each answer, and every
 * change on the disk, with the model.
 */
export async function tryTriples({ seed, count, perPolicy, maxMs }: TripleOptions): Promise<TripleReport> {
  const random = seededRandom(seed);
  const started = performance.now();
  const answers = new Map<string, number>();
  let triples = 0, policies = 0;
  await using dir = await tempDir();
  const base = Deno.realPathSync(dir.path);
  await using pool = disposable(new HelperPool({ maxHelpers: 2 }));
  for (; triples < count && performance.now() - started < maxMs; policies++) {
    const root = `${base}/${policies}/p/q`;
    Deno.mkdirSync(root, { recursive: true });
    plant(root, 3, root, random);
    const run = new Run(root, random, answers, pool.pool);
    triples += await run.many(Math.min(perPolicy, count - triples));
    Deno.removeSync(`${base}/${policies}`, { recursive: true });
  }
  return { triples, policies, answers };
}

/** All triples of one policy. */
class Run {
  readonly #root: string;
  readonly #random: Random;
  readonly #answers: Map<string, number>;
  readonly #model: ModelFilesystem;
  readonly #files: Filesystem;
  #changes = 0;

  constructor(root: string, random: Random, answers: Map<string, number>, pool: HelperPool) {
    this.#root = root;
    this.#random = random;
    this.#answers = answers;
    const tree = readTree(root);
    const { model, resolved } = somePolicy(root, tree, random);
    this.#model = new ModelFilesystem(tree, model);
    this.#files = pool.filesystem(resolved, `${root} ${policyKey(resolved)}`);
  }

  async many(count: number): Promise<number> {
    let reading: Promise<void>[] = [];
    for (let i = 0; i < count; i++) {
      const trial = this.#trial();
      const expected = outcomeOf(trial.expected);
      if (!trial.changes) {
        reading.push(this.#compare(trial, expected));
        if (reading.length < IN_FLIGHT) continue;
      }
      await Promise.all(reading);
      reading = [];
      if (trial.changes) await this.#change(trial, expected);
    }
    await Promise.all(reading);
    assertEquals(this.#changedSince(this.#model.tree), [], "the tree after all operations");
    return count;
  }

  async #compare(trial: Trial, expected: string): Promise<void> {
    const found = await this.#answer(trial);
    if (found !== expected) this.#differs(trial, expected, found);
  }

  async #change(trial: Trial, expected: string): Promise<void> {
    const found = await this.#answer(trial);
    if (expected === "fails" || expected === "depends") {
      if (expected === "fails" && found === "ok") this.#differs(trial, "a failure", found);
      return this.#adopt(trial, this.#model.tree);
    }
    const done = expected === "done" ? "ok" : expected;
    if (found !== done) this.#differs(trial, done, found);
    if (++this.#changes % TREE_CHECK_EVERY === 0) {
      assertEquals(this.#changedSince(this.#model.tree), [], `the tree after ${trial.name}`);
    }
  }

  /** Whatever came of it: only what may be written has changed, and nothing came out that may not be read. */
  #adopt(trial: Trial, before: Tree): void {
    const after = readTree(this.#root);
    const readable = new Set(
      [...before].flatMap(([path, node]) =>
        node.kind === "file" && this.#model.access(path) !== "none" ? [node.content] : []
      ),
    );
    for (const path of differences(before, after)) {
      const node = after.get(path);
      const leaked = node?.kind === "file" && !readable.has(node.content) && node.content !== "";
      if (this.#model.access(path) !== "write" || leaked) this.#differs(trial, "no change", `a change of ${path}`);
    }
    this.#model.tree = after;
  }

  #changedSince(tree: Tree): string[] {
    return differences(tree, readTree(this.#root));
  }

  async #answer({ name, real }: Trial): Promise<string> {
    let answer: string;
    try {
      answer = (await real(this.#files)) ?? "ok";
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      answer = /\(os error (\d+)\)$/.exec(error.message)?.[1] ?? "text";
    }
    const kind = `${name.split(" ")[0]} ${/^(\d+|text)$/.test(answer) ? answer : "ok"}`;
    this.#answers.set(kind, (this.#answers.get(kind) ?? 0) + 1);
    return answer;
  }

  #differs(trial: Trial, expected: string, found: string): never {
    const { policy, tree } = this.#model;
    const shown = { trial: trial.name, expected, found, policy, tree: Object.fromEntries(tree) };
    throw new Error(JSON.stringify(shown, undefined, 1).replaceAll(this.#root, "$"));
  }

  #trial(): Trial {
    const random = this.#random;
    const model = () => this.#model;
    const path = this.#path(), other = this.#path();
    const content = `n${Math.floor(random() * 1e9)}`;
    const bytes = new TextEncoder().encode(content);
    const read = (name: string, expected: Trial["expected"], real: Trial["real"]): Trial => ({
      name: `${name} ${path}`,
      changes: false,
      expected,
      real,
    });
    const write = (name: string, expected: Trial["expected"], real: Trial["real"]): Trial => ({
      name: `${name} ${path} ${other}`,
      changes: true,
      expected,
      real,
    });
    const recursive = random() < 0.5, force = random() < 0.5;
    switch (Math.floor(random() * 13)) {
      case 0:
      case 1:
        return read("readFile", () => model().readFile(path), async (files) => text(await files.readFile(path)));
      case 2:
        return read("open", () => model().readFile(path), async (files) => {
          const file = await files.open(path);
          try {
            return text(await file.readBlock(0, 1000));
          } finally {
            await file.close();
          }
        });
      case 3:
        return read("getMetadata", () => model().getMetadata(path), async (files) => {
          const { isDirectory, isFile } = await files.getMetadata(path);
          return isDirectory ? "directory" : isFile ? "file" : "other";
        });
      case 4:
        return read("canonicalize", () => model().canonicalize(path), (files) => files.canonicalize(path));
      case 5:
      case 6:
        return read(
          "readDirectory",
          () => model().readDirectory(path),
          async (files) =>
            (await files.readDirectory(path))
              .map(({ fileName, isDirectory }) => `${fileName} ${isDirectory ? "directory" : "file"}`).sort().join("|"),
        );
      case 7:
        return read("walk", () => model().walk(path), async (files) => {
          const { entries, errors } = await files.walk(path, BOUNDS);
          const failed = errors.map(({ path, message }) => `${path} ${/\(os error (\d+)\)/.exec(message)?.[1]}`);
          return [...entries.map(({ path, kind }) => `${path} ${kind}`), ...failed].join("|");
        });
      case 8:
        return write("writeFile", () => model().writeFile(path, content), (files) => files.writeFile(path, bytes));
      case 9:
        return write("open-replace", () => model().writeFile(path, content), async (files) => {
          const file = await files.open(path, { mode: "replace" });
          try {
            await file.writeBlock(0, bytes);
          } finally {
            await file.close();
          }
        });
      case 10:
        return write(
          "createDirectory",
          () => model().createDirectory(path, recursive),
          (files) => files.createDirectory(path, { recursive }),
        );
      case 11:
        return write(
          "remove",
          () => model().remove(path, recursive, force),
          (files) => files.remove(path, { recursive, force }),
        );
      default:
        return write("copy", () => model().copy(path, other), (files) => files.copy(path, other, { recursive: true }));
    }
  }

  #path(): string {
    const random = this.#random;
    const names = Array.from({ length: Math.floor(random() * 5) }, () => {
      const choice = random();
      return choice < 0.06 ? ".." : choice < 0.08 ? "." : choice < 0.2 ? "l" : pick(random, NAMES);
    });
    while (names.filter((name) => name === "..").length > 2) names.splice(names.indexOf(".."), 1);
    return [this.#root, ...names].join("/");
  }
}

function outcomeOf(expected: Trial["expected"]): string {
  try {
    return expected() ?? "ok";
  } catch (error) {
    if (error instanceof Failure) return String(error.errno);
    if (error instanceof OwnText) return "text";
    throw error;
  }
}

/** Files with contents of their own, and links to anywhere in the tree. */
function plant(directory: string, depth: number, root: string, random: Random): void {
  for (const name of NAMES) {
    const choice = random();
    if (choice < 0.3) Deno.writeTextFileSync(`${directory}/${name}`, `f${directory}/${name}`);
    else if (choice < 0.75 && depth > 0) {
      Deno.mkdirSync(`${directory}/${name}`);
      plant(`${directory}/${name}`, depth - 1, root, random);
    }
  }
  if (random() < 0.6) {
    const inside = Array.from({ length: Math.floor(random() * 4) }, () => pick(random, [...NAMES, "l"])).join("/");
    Deno.symlinkSync(
      random() < 0.5 ? `${root}/${inside}` : `${random() < 0.3 ? "../" : ""}${inside}` || ".",
      `${directory}/l`,
    );
  }
}

/** A profile of entries for what is there, denies also for what is missing, and sometimes a deny glob. */
function somePolicy(root: string, tree: Tree, random: Random): { model: ModelPolicy; resolved: Policy } {
  const there = [...tree].filter(([path, { kind }]) => path.startsWith(root) && kind !== "link").map(([path]) => path);
  const directories = there.filter((path) => tree.get(path)?.kind === "directory");
  for (;;) {
    const entries: ModelPolicy["entries"][number][] = [{ path: root, access: random() < 0.7 ? "write" : "read" }];
    if (random() < 0.2) entries.pop();
    for (let i = random() * 6; i > 0; i--) {
      const access = pick(random, ["read", "write", "deny"] as const);
      // what a writable path protects depends on what it is, and a file may become a directory
      const path = pick(random, access === "write" ? directories : there);
      entries.push({ path: access === "deny" && random() < 0.3 ? `${path}/${pick(random, NAMES)}` : path, access });
    }
    const denyGlobs = random() < 0.4 ? [`${root}/**/${pick(random, ["*.env", "c", "?", "[ab]"])}`] : [];
    const profileEntries: ProfileEntry[] = [
      ...entries.map(({ path, access }): ProfileEntry => ({ target: { type: "path", path }, access })),
      ...denyGlobs.map((pattern): ProfileEntry => ({ target: { type: "glob_pattern", pattern }, access: "deny" })),
    ];
    const profile = {
      type: "managed",
      network: "restricted",
      fileSystem: { type: "restricted", entries: profileEntries },
    } as const;
    try {
      const resolved = resolvePolicy({ profile, cwd: root, workspaceRoots: undefined }, localHostFacts({}));
      return { model: { entries, denyGlobs, protectsMetadata: true }, resolved };
    } catch (error) {
      // a link in a writable directory is in the way of an entry
      if (!(error instanceof RpcError)) throw error;
    }
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function disposable(pool: HelperPool): AsyncDisposable & { readonly pool: HelperPool } {
  return { pool, [Symbol.asyncDispose]: () => pool.close() };
}

import type { HelperPoolOptions } from "../../sandbox/helper_pool.ts";
import { denoSpawner, selfSpawner } from "../../sandbox/spawn_helper.ts";

const NOBODY = 65534;
const ALL = { descriptors: true, landlock: true };

/** A way to run the helper that attacks are tried against. */
export interface Variant {
  readonly name: string;
  readonly options: HelperPoolOptions;
  /** Whom the tree has to belong to. */
  readonly owner?: number;
  readonly ignore: boolean;
  /** Whether it also withstands swaps. */
  readonly raceFree: boolean;
}

const SELF = new URL("./self_helper_program.ts", import.meta.url).href;
const RUN = ["run", "-A", "--quiet", "--frozen", "--no-check", "--unstable-worker-options", SELF];

const isRoot = Deno.uid() === 0;
const isLinux = Deno.build.os === "linux";

/** The helper without FFI, as on other systems. */
export const PORTABLE: HelperPoolOptions = { libc: null, walls: { descriptors: false, landlock: false } };

/** All walls as this user and as nobody, and the walk on descriptors by itself. */
export const VARIANTS: readonly Variant[] = [
  { name: "all walls", options: { walls: ALL }, ignore: !isLinux, raceFree: true },
  {
    name: "all walls as nobody",
    options: {
      walls: ALL,
      spawn: denoSpawner({ uid: NOBODY, gid: NOBODY, env: { DENO_DIR: "/tmp/exec-server-attack-deno" } }),
    },
    owner: NOBODY,
    ignore: !isLinux || !isRoot,
    raceFree: true,
  },
  {
    name: "a worker, as in a compiled program",
    options: { walls: ALL, spawn: selfSpawner([Deno.execPath(), ...RUN]) },
    ignore: !isLinux,
    raceFree: true,
  },
  {
    name: "descriptors alone",
    options: { walls: { descriptors: true, landlock: false } },
    ignore: !isLinux,
    raceFree: true,
  },
];

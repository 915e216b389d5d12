import { assertEquals } from "@std/assert";
import { type Filesystem, RpcError } from "../../protocol/mod.ts";
import { type Scene, scene, snapshot } from "../sandbox_helper/support.ts";
import type { HelperPoolOptions } from "../../sandbox/helper_pool.ts";
import { exists } from "../support/exists.ts";

/** One attempt at something the policy forbids. */
export interface Attack {
  /** Lines of the policy; `$` is the root of the scene. */
  readonly policy: readonly string[];
  /** Sets the trap; `$` was replaced in texts that {@linkcode link} takes. */
  readonly trap?: (scene: Scene) => void;
  readonly run: (files: Filesystem, scene: Scene) => unknown;
  /** What it must fail with; absent when it may succeed harmlessly. */
  readonly refusal?: string;
  /** False when it comes to nothing without a sandbox as well. */
  readonly control?: false;
}

/** What an attack came to. */
export interface Outcome {
  readonly answer: string;
  /** What it got out or changed, if anything. */
  readonly breach: string | undefined;
}

/** Runs an attack on a fresh scene. @param files by default those under its policy */
export async function runAttack(
  attack: Attack,
  options: HelperPoolOptions,
  owner?: number,
  files?: Filesystem,
): Promise<Outcome> {
  let place: Scene | undefined;
  try {
    place = await scene(options);
    Deno.mkdirSync(`${place.outside}/sub`);
    attack.trap?.(place);
    if (owner !== undefined) giveAway(place.root, owner);
    const before = snapshot(place.outside);
    const answer = await attempt(() => attack.run(files ?? place!.under(...attack.policy), place!));
    const after = exists(place.outside) ? snapshot(place.outside) : {};
    const changed = JSON.stringify(before) !== JSON.stringify(after);
    const breach = answer.includes("secret!") ? answer : changed ? JSON.stringify(after) : undefined;
    return { answer: answer.replaceAll(place.root, "$"), breach };
  } finally {
    await place?.[Symbol.asyncDispose]();
  }
}

/** The answer as text: the code and message of a failure, or what came out. */
async function attempt(operation: () => unknown): Promise<string> {
  try {
    const value = await operation();
    return value instanceof Uint8Array ? new TextDecoder().decode(value) : `ok ${JSON.stringify(value ?? null)}`;
  } catch (error) {
    if (error instanceof RpcError) return `${error.code} ${error.message}`;
    throw error;
  }
}

/** Asserts that an attack fails as it should, and that nothing came out. */
export function assertHeld(name: string, attack: Attack, { answer, breach }: Outcome): void {
  assertEquals({ name, breach }, { name, breach: undefined });
  if (attack.refusal !== undefined) assertEquals({ name, answer }, { name, answer: attack.refusal });
}

/** Makes everything in a tree belong to a user, links themselves included. */
export function giveAway(root: string, owner: number): void {
  new Deno.Command("chown", { args: ["-Rh", `${owner}:${owner}`, root] }).outputSync();
}

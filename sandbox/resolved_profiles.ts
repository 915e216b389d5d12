import { LIMITS } from "../protocol/limits.ts";
import { isRepeated, type SandboxContext } from "../protocol/mod.ts";
import type { HostFacts } from "./host_facts.ts";
import { type NameWatch, openNameWatch, type WatchedPaths } from "./name_watch.ts";
import { ObservedFacts } from "./observed_facts.ts";
import { parseSandbox } from "./parse_sandbox.ts";
import type { Policy } from "./policy.ts";
import { policyKey } from "./policy_key.ts";
import type { SandboxRequest } from "./profile.ts";
import { resolvePolicy } from "./resolve.ts";

/** A sandbox context and what it means on the disk as it is. */
export interface ResolvedProfile {
  /** The context as it was read. */
  readonly request: SandboxRequest;
  /** What its profile grants. */
  readonly policy: Policy;
  /** Two contexts may share a helper exactly when this is the same. */
  readonly key: string;
}

interface Remembered extends ResolvedProfile {
  readonly text: string;
  readonly facts: ObservedFacts;
  watched: WatchedPaths | undefined;
}

/** So many contexts with the same permissions are found by them. */
const MAX_BESIDE = 16;

/** Resolves sandbox contexts, and again only when something on the disk that they were resolved with has changed. */
export class ResolvedProfiles {
  readonly #host: HostFacts;
  readonly #openWatch: () => NameWatch | undefined;
  #watch: NameWatch | undefined;
  #opened = false;
  readonly #pending = new Set<Remembered>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** By the text of the context, oldest first. */
  readonly #remembered = new Map<string, Remembered>();
  /** By permissions that never change, and the text of what stands beside them. */
  readonly #byPermissions = new WeakMap<object, Map<string, Remembered>>();

  /** Knows nothing yet. @param openWatch is called once there is something to watch; without one, each use looks again */
  constructor(host: HostFacts, openWatch: () => NameWatch | undefined = openNameWatch) {
    this.#host = host;
    this.#openWatch = openWatch;
  }

  /**
   * Reads a context and resolves its profile.
   *
   * @throws {RpcError} as parseSandbox and resolvePolicy
   */
  resolve(sandbox: SandboxContext): ResolvedProfile {
    const { permissions, ...beside } = sandbox;
    // to write long permissions out costs more than to find them by what they are
    if (typeof permissions !== "object" || permissions === null || !isRepeated(permissions)) {
      return this.#resolve(sandbox);
    }
    const besideText = JSON.stringify(beside);
    const same = this.#byPermissions.getOrInsertComputed(permissions, () => new Map());
    const known = same.get(besideText);
    if (known !== undefined && this.#isRemembered(known) && this.#holds(known)) return known;
    const resolved = this.#resolve(sandbox);
    if (same.size === MAX_BESIDE) same.clear();
    same.set(besideText, resolved);
    return resolved;
  }

  #resolve(sandbox: SandboxContext): Remembered {
    const text = JSON.stringify(sandbox);
    const known = this.#remembered.get(text);
    if (known !== undefined && this.#holds(known)) return known;
    known?.watched?.release();
    this.#remembered.delete(text);
    const request = known?.request ?? parseSandbox(sandbox);
    const facts = new ObservedFacts(this.#host);
    const policy = resolvePolicy(request, facts);
    const resolved: Remembered = { text, request, policy, facts, key: policyKey(policy), watched: undefined };
    this.#remembered.set(text, resolved);
    this.#forgetOldest();
    this.#watchLater(resolved);
    return resolved;
  }

  /** Forgets everything. */
  close(): void {
    clearTimeout(this.#timer);
    this.#pending.clear();
    this.#watch?.close();
    this.#watch = undefined;
    this.#opened = true;
    this.#remembered.clear();
  }

  #holds(known: Remembered): boolean {
    if (known.watched?.unchanged() === true) return known.facts.contentsHold();
    return this.#lookAgain(known);
  }

  #lookAgain(known: Remembered): boolean {
    known.watched?.release();
    if (!this.#opened) this.#watch = this.#openWatch();
    this.#opened = true;
    // first watched, then looked at, so that nothing passes in between
    known.watched = this.#watch?.watch(known.facts.paths);
    if (known.facts.hold()) return true;
    known.watched?.release();
    known.watched = undefined;
    return false;
  }

  /** To watch takes some milliseconds, which are free while a helper starts. */
  #watchLater(resolved: Remembered): void {
    this.#pending.add(resolved);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const one of this.#pending) if (one.watched === undefined && this.#isRemembered(one)) this.#lookAgain(one);
      this.#pending.clear();
    });
  }

  #isRemembered(resolved: Remembered): boolean {
    return this.#remembered.get(resolved.text) === resolved;
  }

  #forgetOldest(): void {
    if (this.#remembered.size <= LIMITS.maxRememberedProfiles) return;
    for (const [text, { watched }] of this.#remembered) {
      watched?.release();
      this.#remembered.delete(text);
      return;
    }
  }
}

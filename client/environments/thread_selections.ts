import { invalidRequest } from "../../protocol/mod.ts";

/** An environment chosen for a thread or a turn. */
export interface EnvironmentSelection {
  /** Id in the manager. */
  readonly environmentId: string;
  /** Where to work in it: an absolute POSIX or Windows path, which need not exist. */
  readonly cwd: string;
  /** Roots that may be written in workspace mode; absent means the cwd alone. */
  readonly runtimeWorkspaceRoots?: readonly string[];
}

/** What the selections of a thread depend on. */
export interface ThreadSelectionOptions {
  /** Whether the manager has an environment. */
  readonly isKnown: (id: string) => boolean;
  /** What a thread starts with when it chooses nothing. */
  readonly defaultIds: readonly string[];
  /** Directory of the thread, for those defaults. */
  readonly cwd: string;
  /** Chosen for the thread: nothing means the defaults, an empty list means none. */
  readonly selections?: readonly EnvironmentSelection[] | null | undefined;
  /** How long the choice of a turn holds: for that turn (2026-05), or for this and later ones (0.169); default `turn`. */
  readonly overrideHolds?: "turn" | "onward";
}

/**
 * The environments of a thread, and of each of its turns. Nothing is connected.
 *
 * Source: environments, section 5.2.
 */
export class ThreadSelections {
  readonly #isKnown: (id: string) => boolean;
  readonly #overrideHolds: "turn" | "onward";
  #sticky: readonly EnvironmentSelection[];

  /** Starts a thread. @throws {RpcError} -32600 for an unknown or repeated id or a relative cwd */
  constructor({ isKnown, defaultIds, cwd, selections, overrideHolds = "turn" }: ThreadSelectionOptions) {
    this.#isKnown = isKnown;
    this.#overrideHolds = overrideHolds;
    this.#sticky = this.#check(selections ?? defaultIds.map((environmentId) => ({ environmentId, cwd })));
  }

  /** What a turn without a choice of its own works with, the primary one first. */
  get sticky(): readonly EnvironmentSelection[] {
    return this.#sticky;
  }

  /**
   * The environments of the next turn, the primary one first.
   *
   * @param override chosen for the turn: nothing means the thread's, an empty list means none
   * @throws {RpcError} -32600 for an unknown or repeated id or a relative cwd; the thread keeps what it had
   */
  forTurn(override?: readonly EnvironmentSelection[] | null): readonly EnvironmentSelection[] {
    if (override === undefined || override === null) return this.#sticky;
    const selections = this.#check(override);
    if (this.#overrideHolds === "onward") this.#sticky = selections;
    return selections;
  }

  #check(selections: readonly EnvironmentSelection[]): readonly EnvironmentSelection[] {
    const seen = new Set<string>();
    for (const { environmentId: id, cwd } of selections) {
      if (!this.#isKnown(id)) throw unknownSelection(id);
      if (seen.has(id)) throw invalidRequest(`duplicate turn environment id \`${id}\``);
      if (!isAbsolute(cwd)) {
        throw invalidRequest(
          `invalid cwd for environment \`${id}\`: path \`${cwd}\` does not use absolute POSIX or Windows path syntax`,
        );
      }
      seen.add(id);
    }
    return selections;
  }
}

/**
 * The selection a call is for: the named one, or the primary one.
 *
 * Source: environments, section 7.5.
 *
 * @throws {RpcError} -32600 when the id is not among the selected ones; undefined means that nothing is selected
 */
export function selectionFor(
  selections: readonly EnvironmentSelection[],
  id?: string,
): EnvironmentSelection | undefined {
  if (id === undefined) return selections[0];
  const found = selections.find(({ environmentId }) => environmentId === id);
  if (found === undefined) throw unknownSelection(id);
  return found;
}

function unknownSelection(id: string): Error {
  return invalidRequest(`unknown turn environment id \`${id}\``);
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path) || path.startsWith("\\\\");
}

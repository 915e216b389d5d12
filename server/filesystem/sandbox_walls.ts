import { type EnvironmentInfo, invalidRequest } from "../../protocol/mod.ts";
import { describeWalls, type Walls } from "../../sandbox/mod.ts";
import type { Logger } from "../log.ts";

/** Knows which walls stand around sandboxed file requests, and whether they are good enough to run any. */
export class SandboxWalls {
  readonly #allowPortable: boolean;
  readonly #log: Logger;
  #walls: Walls;

  /**
   * Begins with what was found out about the host, and says so in the log.
   *
   * @param allowPortable whether the operator takes checked paths for enough, which do not hold against races
   */
  constructor(walls: Walls, allowPortable: boolean, log: Logger) {
    this.#walls = walls;
    this.#allowPortable = allowPortable;
    this.#log = log;
    const { walls: names, missing = [] } = this.info;
    log.info("sandbox for files", { walls: names.join(" "), missing: missing.join("; ") });
    if (!walls.descriptors) {
      const level = allowPortable ? "weaker than promised, as allowed" : "none: sandboxed requests are refused";
      log.warn(`sandbox for files: ${level}`, { missing: missing.join("; ") });
    }
  }

  /** What the wire says. */
  get info(): NonNullable<NonNullable<EnvironmentInfo["sandbox"]>["filesystem"]> {
    return describeWalls(this.#walls, this.#isEnough(this.#walls));
  }

  /**
   * Looks at the walls of a new helper. One whose walls do not hold against races runs nothing, unless that was allowed:
   * a request is never sandboxed more weakly in silence.
   *
   * @throws {RpcError} -32600 naming what is missing
   */
  check(walls: Walls): void {
    const { descriptors, landlock, worker, permissions, missing } = walls;
    this.#walls = walls;
    const fields = { descriptors, landlock, worker, permissions, missing: missing.join("; ") };
    this.#log.info("sandbox helper started", fields);
    if (!this.#isEnough(walls)) {
      throw invalidRequest(`sandboxed requests cannot be enforced on this host: ${missing.join("; ")}`);
    }
  }

  #isEnough({ descriptors, permissions }: Walls): boolean {
    return descriptors || (this.#allowPortable && permissions);
  }
}

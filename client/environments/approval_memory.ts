import { LIMITS } from "../../protocol/mod.ts";

/** A command that somebody may be asked to approve. */
export interface CommandApproval {
  /** Where it would run. */
  readonly environmentId: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Absolute directory. */
  readonly cwd: string;
  /** Whether it gets a terminal. */
  readonly tty: boolean;
  /** What it asks for beyond the turn's profile. */
  readonly sandboxPermissions: string;
}

/** A change of a file that somebody may be asked to approve. */
export interface FileApproval {
  /** Where the file is. */
  readonly environmentId: string;
  /** Absolute path. */
  readonly path: string;
}

/** What was answered: for this once, for the rest of the session, no, or no and stop. */
export type ApprovalDecision = "accept" | "acceptForSession" | "decline" | "cancel";

/**
 * What was approved for a session, for each environment apart: the same path or command in another one is asked again.
 *
 * Source: environments, section 7.6.
 */
export class ApprovalMemory {
  readonly #keys = new Set<string>();

  /** Whether it needs not be asked about again. A patch needs all its files to be covered. */
  covers(approval: CommandApproval | readonly FileApproval[]): boolean {
    const keys = keysOf(approval);
    return keys.length > 0 && keys.every((key) => this.#keys.has(key));
  }

  /** Takes an answer. @returns whether the action may go on */
  decide(approval: CommandApproval | readonly FileApproval[], decision: ApprovalDecision): boolean {
    if (decision === "acceptForSession") {
      for (const key of keysOf(approval)) this.#remember(key);
    }
    return decision === "accept" || decision === "acceptForSession";
  }

  #remember(key: string): void {
    this.#keys.delete(key);
    this.#keys.add(key);
    const [oldest] = this.#keys;
    if (this.#keys.size > LIMITS.maxRememberedApprovals && oldest !== undefined) this.#keys.delete(oldest);
  }
}

function keysOf(approval: CommandApproval | readonly FileApproval[]): string[] {
  if (!("command" in approval)) {
    return approval.map(({ environmentId, path }) => JSON.stringify(["file", environmentId, path]));
  }
  const { environmentId, command, cwd, tty, sandboxPermissions } = approval;
  return [JSON.stringify(["command", environmentId, command, cwd, tty, sandboxPermissions])];
}

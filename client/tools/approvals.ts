import {
  type ApprovalDecision,
  ApprovalMemory,
  type CommandApproval,
  type FileApproval,
} from "../environments/approval_memory.ts";

/** What a model says about a command it wants to run without the sandbox. */
export interface EscalationReason {
  /** The question to the person who approves. */
  readonly justification?: string | undefined;
  /** Prefix of the command that could be approved for later too; remembering it is up to the approver. */
  readonly prefixRule?: readonly string[] | undefined;
}

/** What somebody is asked to approve. */
export type ApprovalRequest =
  | ({ readonly kind: "command"; readonly command: CommandApproval } & EscalationReason)
  | { readonly kind: "patch"; readonly environmentId: string; readonly files: readonly FileApproval[] };

/** Who approves what a model asks for. */
export interface Approver {
  /** Whether commands and patches inside the profile are asked about as well; default false. */
  readonly everything?: boolean;
  /** Asks. */
  ask(request: ApprovalRequest): Promise<ApprovalDecision>;
}

/** What a refused call answers. */
const REJECTED = "rejected by user";
const NEVER =
  "approval policy is Never; reject command — you cannot ask for escalated permissions if the approval policy is Never";

/**
 * Asks before commands and patches, and remembers for each environment what was approved for the session.
 *
 * Source: environments, section 7.6.
 */
export class Approvals {
  readonly #approver: Approver | undefined;
  readonly #memory = new ApprovalMemory();

  /** Remembers nothing yet. @param approver absent means that nothing is asked and nothing is granted beyond the profile */
  constructor(approver?: Approver) {
    this.#approver = approver;
  }

  /** Whether anything beyond the profile can be granted. */
  get possible(): boolean {
    return this.#approver !== undefined;
  }

  /** Whether a command may start. @returns undefined, or the answer instead */
  async command(approval: CommandApproval, reason: EscalationReason = {}): Promise<string | undefined> {
    const escalated = approval.sandboxPermissions !== "use_default";
    if (escalated && this.#approver === undefined) return NEVER;
    if (!escalated && !this.#approver?.everything) return undefined;
    const granted = await this.#decide(approval, { kind: "command", command: approval, ...reason });
    return granted ? undefined : `exec_command failed: CreateProcess { message: "Rejected(\\"${REJECTED}\\")" }`;
  }

  /** Whether a patch may change files. @returns undefined, or the answer instead */
  async patch(environmentId: string, paths: readonly string[]): Promise<string | undefined> {
    if (!this.#approver?.everything) return undefined;
    const files = paths.map((path) => ({ environmentId, path }));
    return await this.#decide(files, { kind: "patch", environmentId, files }) ? undefined : `patch ${REJECTED}`;
  }

  async #decide(key: CommandApproval | readonly FileApproval[], request: ApprovalRequest): Promise<boolean> {
    if (this.#memory.covers(key)) return true;
    return this.#memory.decide(key, await (this.#approver as Approver).ask(request));
  }
}

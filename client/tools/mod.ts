/**
 * The tools of a coding agent over environments, local or remote: commands, patches, images, directories. They answer a
 * model as Codex' own tools do.
 *
 * @module
 */
export type { ApprovalDecision, CommandApproval, FileApproval } from "../environments/approval_memory.ts";
export type { ApprovalRequest, Approver, EscalationReason } from "./approvals.ts";
export { environmentContext, type EnvironmentContextOptions } from "./environment_context.ts";
export { applyPatch, type PatchAnswer, type PatchRequest, readPatch } from "./patch/apply_patch.ts";
export type { FileChange, Hunk, HunkLine, Patch } from "./patch/patch.ts";
export { PatchError } from "./patch/patch.ts";
export type { PatchTarget } from "./patch/patch_target.ts";
export type { ObjectSchema } from "./parameters.ts";
export { type SelectedEnvironment } from "./selected_environments.ts";
export type { ToolCallOptions, ToolContent, ToolDefinition, ToolResult } from "./tool.ts";
export { Toolset, type ToolsetOptions } from "./toolset.ts";

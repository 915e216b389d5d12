/** A call of a tool that failed; its message is for the model. */
export class ToolError extends Error {
  /** Always `ToolError`. */
  override readonly name = "ToolError";
}

/** What went wrong with an MCP server; the texts are the original's where it has them. */
export class McpError extends Error {
  /** Makes an error. @param message what happened; @param options the cause */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "McpError";
  }
}

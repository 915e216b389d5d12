import type { ObjectSchema } from "./parameters.ts";

/** A part of an answer. */
export type ToolContent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly mimeType: string; readonly dataBase64: string };

/** What a tool answers. */
export interface ToolResult {
  /** For the model, in order. */
  readonly content: readonly ToolContent[];
  /** Whether the call failed; the content says why. A command that ends with another status than 0 is no failure. */
  readonly isError: boolean;
}

/** How a tool is offered to a model. */
export interface ToolDefinition {
  /** Unique. */
  readonly name: string;
  /** For the model. */
  readonly description: string;
  /** Its arguments; for a free-form tool the one that holds the text. */
  readonly parameters: ObjectSchema;
  /** Set for a tool that takes plain text instead of JSON: the grammar of that text. */
  readonly freeform?: { readonly syntax: "lark"; readonly definition: string };
  /** Whether it changes nothing. */
  readonly readOnly: boolean;
}

/** Options of a call. */
export interface ToolCallOptions {
  /** Gives the call up: what runs in a session goes on running. */
  readonly signal?: AbortSignal | undefined;
}

/** A tool with the environments it works on. */
export interface Tool {
  /** How it is offered. */
  readonly definition: ToolDefinition;
  /** Runs it. @param input JSON arguments, or the text of a free-form tool @throws {ToolError} with a text for the model */
  call(input: string, options?: ToolCallOptions): Promise<ToolResult>;
}

/** An answer of one text. */
export function textResult(text: string, isError = false): ToolResult {
  return { content: [{ type: "text", text }], isError };
}

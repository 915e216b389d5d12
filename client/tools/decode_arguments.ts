import { type JsonMember, jsonMembers, jsonPosition } from "./json_members.ts";
import type { Parameter, Parameters } from "./parameters.ts";
import { ToolError } from "./tool_error.ts";

/** What is expected, as Codex says it. */
const EXPECTED: Readonly<Record<Parameter["type"], string>> = {
  string: "a string",
  boolean: "a boolean",
  u64: "u64",
  usize: "usize",
  i32: "i32",
  strings: "a sequence",
};

const NUMBERS: ReadonlySet<Parameter["type"]> = new Set(["u64", "usize", "i32"]);

/**
 * Reads the arguments of a call. Unknown members are ignored; null means absent where a member may be absent.
 *
 * @param text JSON, as models write it
 * @throws {ToolError} naming what was wrong and where: Codex' text for what a member is, own words for what is no object
 */
export function decodeArguments(text: string, parameters: Parameters): Record<string, unknown> {
  const values = parseObject(text);
  const seen = new Set<string>();
  for (const member of jsonMembers(text)) {
    const parameter = Object.hasOwn(parameters, member.key) ? parameters[member.key] : undefined;
    if (parameter === undefined) continue;
    if (seen.has(member.key)) throw failure(`duplicate field \`${member.key}\``, text, member.keyEnd);
    seen.add(member.key);
    const value: unknown = JSON.parse(text.slice(member.start, member.end));
    if (value === null && !parameter.required) delete values[member.key];
    else check(value, parameter, text, member);
  }
  for (const [name, { required }] of Object.entries(parameters)) {
    if (required && !seen.has(name)) throw failure(`missing field \`${name}\``, text, text.trimEnd().length);
  }
  return values;
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ToolError(`failed to parse function arguments: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw failure(`invalid type: ${describe(value)}, expected a map`, text, text.trimEnd().length);
  }
  return value as Record<string, unknown>;
}

function check(value: unknown, { type, choices }: Parameter, text: string, { start, end }: JsonMember): void {
  if (!hasType(value, type)) {
    const kind = Number.isInteger(value) && NUMBERS.has(type) ? "value" : "type";
    const at = typeof value === "object" && value !== null ? start : end;
    throw failure(`invalid ${kind}: ${describe(value)}, expected ${EXPECTED[type]}`, text, at);
  }
  if (choices !== undefined && !choices.includes(value as string)) {
    const list = choices.map((choice) => `\`${choice}\``).join(" or ");
    throw failure(`unknown variant \`${value}\`, expected ${list}`, text, end);
  }
}

function hasType(value: unknown, type: Parameter["type"]): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "u64":
    case "usize":
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case "i32":
      return Number.isSafeInteger(value) && Math.abs(value as number) < 2 ** 31;
    case "strings":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
  }
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "sequence";
  if (typeof value === "object") return "map";
  if (typeof value === "string") return `string ${JSON.stringify(value)}`;
  if (typeof value === "boolean") return `boolean \`${value}\``;
  return `${Number.isInteger(value) ? "integer" : "floating point"} \`${value}\``;
}

function failure(reason: string, text: string, offset: number): ToolError {
  return new ToolError(`failed to parse function arguments: ${reason} at ${jsonPosition(text, offset)}`);
}

/** A parameter of a tool. */
export interface Parameter {
  /** What its value is. */
  readonly type: "string" | "boolean" | "u64" | "usize" | "i32" | "strings";
  /** For the model. */
  readonly description: string;
  /** Whether it must be there. */
  readonly required?: boolean;
  /** The values it may have. */
  readonly choices?: readonly string[];
}

/** Parameters by name. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** A JSON Schema, as models and MCP clients read it. */
export interface ObjectSchema {
  /** Always an object. */
  readonly type: "object";
  /** By name. */
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Names that must be there. */
  readonly required: readonly string[];
  /** Always false. */
  readonly additionalProperties: false;
}

const JSON_TYPES: Readonly<Record<Parameter["type"], Readonly<Record<string, unknown>>>> = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  u64: { type: "integer", minimum: 0 },
  usize: { type: "integer", minimum: 0 },
  i32: { type: "integer" },
  strings: { type: "array", items: { type: "string" } },
};

/** The JSON Schema of parameters. */
export function objectSchema(parameters: Parameters): ObjectSchema {
  const entries = Object.entries(parameters);
  return {
    type: "object",
    properties: Object.fromEntries(entries.map(([name, { type, description, choices }]) => [
      name,
      { ...JSON_TYPES[type], ...choices === undefined ? {} : { enum: choices }, description },
    ])),
    required: entries.filter(([, { required }]) => required).map(([name]) => name),
    additionalProperties: false,
  };
}

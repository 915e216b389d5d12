import type { z } from "zod";
import { METHOD_TABLE, NOTIFICATION_TABLE } from "../../protocol/method_table.ts";
import { configLayersSchema } from "../../protocol/schemas/environment.ts";
import { envPolicySchema, processLimitsSchema, startMetadataSchema } from "../../protocol/schemas/process.ts";
import { environmentInfoSchema, sandboxInfoSchema, sandboxWallsSchema } from "../../protocol/schemas/session.ts";

/** The types of the wire, written out: a public API may not have inferred types on JSR, and readers want to see them. */
export const WIRE_TYPES_URL = new URL("../../protocol/wire_types.ts", import.meta.url);

const HEAD = `// Written by \`deno task bless\` from the schemas; \`methods.ts\` only compiles while both say the same.
import type { WirePath } from "./path_uri.ts";
`;

/** Schemas whose types have a name, and what they are. */
const NAMED: readonly (readonly [z.ZodObject, name: string, doc: string])[] = [
  [environmentInfoSchema, "EnvironmentInfo", "Where an executor runs and what it can do."],
  [sandboxInfoSchema, "SandboxInfo", "What holds sandboxed requests on an executor."],
  [sandboxWallsSchema, "SandboxWallsInfo", "Walls that hold one kind of sandboxed requests."],
  [configLayersSchema, "ConfigLayers", "Layers of one kind of configuration file."],
  [envPolicySchema, "EnvPolicy", "How a child's environment is made from the server's."],
  [processLimitsSchema, "ProcessLimits", "What ends a process that uses too much."],
  [startMetadataSchema, "StartMetadata", "What the start of a process belongs to, for the client."],
];

/** Renders `protocol/wire_types.ts`. */
export function renderWireTypes(): string {
  const named = NAMED.map(([schema, name, doc]) =>
    `/** ${doc} */\nexport interface ${name} ${renderMembers(schema.shape, "input")}\n`
  );
  const methods = Object.entries(METHOD_TABLE).map(([name, { doc, params, result }]) =>
    `  /** ${doc} */\n  ${JSON.stringify(name)}: {\n` +
    `    params: ${renderType(params, "input", 2)};\n${renderDecoded(params)}` +
    `    result: ${renderType(result, "output", 2)};\n  };\n`
  );
  const notifications = Object.entries(NOTIFICATION_TABLE).map(([name, { doc, params }]) =>
    `  /** ${doc} */\n  ${JSON.stringify(name)}: ${renderType(params, "output", 1)};\n`
  );
  return [
    HEAD,
    ...named,
    "/** What each method takes, which members of it decoding changes and to what, and what it answers. */",
    `export interface MethodTypes {\n${methods.join("")}}\n`,
    "/** What each notification of the server carries. */",
    `export interface NotificationTypes {\n${notifications.join("")}}\n`,
  ].join("\n").replaceAll("*/\n\nexport interface", "*/\nexport interface");
}

/** A schema as the type of what goes into it or of what comes out. @param depth of what stands around it */
export function renderType(schema: z.core.$ZodType, side: "input" | "output", depth = 0): string {
  const name = NAMED.find(([named]) => named === schema)?.[1];
  if (name !== undefined) return name;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const inner = (schema: z.core.$ZodType) => renderType(schema, side, depth);
  switch (def.type) {
    case "string":
    case "number":
    case "boolean":
    case "null":
    case "undefined":
    case "unknown":
      return def.type;
    case "enum":
      return Object.values(def.entries).map((value) => JSON.stringify(value)).join(" | ");
    case "array":
      return `${inner(def.element)}[]`;
    case "record":
      return `Record<${inner(def.keyType)}, ${inner(def.valueType)}>`;
    case "union":
      return def.options.map(inner).join(" | ");
    case "nullable":
      return `${inner(def.innerType)} | null`;
    case "optional":
      return orUndefined(inner(def.innerType));
    case "default":
      return side === "input" ? orUndefined(inner(def.innerType)) : inner(def.innerType);
    case "pipe":
      // a path is the one thing that decoding makes another
      return side === "input" ? inner(def.in) : "WirePath";
    case "object":
      return renderMembers(def.shape, side, depth);
    default:
      throw new TypeError(`Cannot write out a schema of type "${def.type}"`);
  }
}

/** The members that decoding changes. */
function renderDecoded(params: z.core.$ZodType): string {
  const { def } = (params as z.core.$ZodTypes)._zod;
  if (def.type !== "object") return "";
  const changed = Object.entries(def.shape).filter(([name, schema]) =>
    renderMembers({ [name]: schema }, "input") !== renderMembers({ [name]: schema }, "output")
  );
  return changed.length === 0 ? "" : `    decoded: ${renderMembers(Object.fromEntries(changed), "output", 2)};\n`;
}

function renderMembers(shape: z.core.$ZodShape, side: "input" | "output", depth = 0): string {
  const indent = "  ".repeat(depth + 1);
  const members = Object.entries(shape).map(([name, schema]) => {
    const optional = schema._zod[side === "input" ? "optin" : "optout"] === undefined ? "" : "?";
    const description = (schema as z.ZodType).description;
    const doc = description === undefined ? "" : `${indent}/** ${description} */\n`;
    return `${doc}${indent}${name}${optional}: ${renderType(schema, side, depth + 1)};\n`;
  });
  return members.length === 0 ? "Record<string, never>" : `{\n${members.join("")}${"  ".repeat(depth)}}`;
}

function orUndefined(type: string): string {
  return type === "unknown" ? type : `${type} | undefined`;
}

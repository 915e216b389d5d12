import { z } from "zod";
import { ErrorCode } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { METHOD_TABLE, NOTIFICATION_TABLE } from "../../protocol/method_table.ts";
import { INITIALIZED } from "../../protocol/methods.ts";
import { TEXTS } from "../../protocol/texts.ts";

/** The frozen wire, next to the tests that read it. */
export const SNAPSHOT_URL = new URL("../testdata/wire/snapshot.json", import.meta.url);

/** Renders everything a peer can see of the wire: methods, notifications, codes, limits and texts. */
export function renderWire(): Record<string, unknown> {
  return {
    methods: mapValues(METHOD_TABLE, ({ family, addition, params, result }) => ({
      family,
      addition,
      params: renderSchema(params),
      result: renderSchema(result),
    })),
    clientNotifications: [INITIALIZED],
    serverNotifications: mapValues(NOTIFICATION_TABLE, ({ params }) => renderSchema(params)),
    errorCodes: ErrorCode,
    limits: LIMITS,
    texts: mapValues(TEXTS, sampleText),
  };
}

/** The snapshot file's content for a rendered wire. */
export function snapshotText(wire: Record<string, unknown>): string {
  return `${JSON.stringify(wire, null, 2)}\n`;
}

/** A zod schema as JSON Schema, as the sender of the value sees it. */
export function renderSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}

/** A text with its values as `<1>`, `<2>`. */
function sampleText(text: unknown): string {
  if (typeof text !== "function") return String(text);
  return text(...Array.from({ length: text.length }, (_, i) => `<${i + 1}>`));
}

function mapValues<V, R>(table: Readonly<Record<string, V>>, render: (value: V) => R): Record<string, R> {
  return Object.fromEntries(
    Object.entries(table).sort(([a], [b]) => a < b ? -1 : 1).map(([name, value]) => [name, render(value)]),
  );
}

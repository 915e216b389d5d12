/** A value of a configuration file that has the wrong type, with the keys that lead to it. */
export class ConfigValueError extends Error {
  /** Keys from the root; positions in arrays are left out. */
  readonly path: readonly string[];

  /** Makes an error. @param message what is wrong and what was expected; @param path keys from the root */
  constructor(message: string, path: readonly string[]) {
    super(message);
    this.name = "ConfigValueError";
    this.path = path;
  }

  /** The text of the original's reader: the message, and below it where. */
  get text(): string {
    return this.path.length === 0 ? this.message : `${this.message}\nin \`${this.path.join(".")}\``;
  }
}

/** Reads one value; the path is for its error. @throws {ConfigValueError} when it has the wrong type */
export type ConfigReader<T> = (value: unknown, path: readonly string[]) => T;

/** Fails as the original does for a value of the wrong type. @throws {ConfigValueError} always */
export function wrongType(value: unknown, expected: string, path: readonly string[]): never {
  throw new ConfigValueError(`invalid type: ${describe(value)}, expected ${expected}`, path);
}

/** Reads a string. */
export const readString: ConfigReader<string> = (value, path) =>
  typeof value === "string" ? value : wrongType(value, "a string", path);

/** Reads a path. */
export const readPath: ConfigReader<string> = (value, path) =>
  typeof value === "string" ? value : wrongType(value, "path string", path);

/** Reads true or false. */
export const readBoolean: ConfigReader<boolean> = (value, path) =>
  typeof value === "boolean" ? value : wrongType(value, "a boolean", path);

/** Reads a duration in seconds. @returns milliseconds */
export const readSeconds: ConfigReader<number> = (value, path) => {
  if (typeof value !== "number") return wrongType(value, "f64", path);
  if (value < 0) throw new ConfigValueError("cannot convert float seconds to Duration: value is negative", path);
  if (!(value < 2 ** 64)) {
    throw new ConfigValueError("cannot convert float seconds to Duration: value is either too big or NaN", path);
  }
  return value * 1_000;
};

/** Reads a list. */
export function readList<T>(item: ConfigReader<T>): ConfigReader<T[]> {
  return (value, path) =>
    Array.isArray(value) ? value.map((entry) => item(entry, path)) : wrongType(value, "a sequence", path);
}

/** Reads a table from names to strings. */
export const readStrings: ConfigReader<Record<string, string>> = (value, path) => {
  if (!isTable(value)) return wrongType(value, "a map", path);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, readString(entry, [...path, key])]));
};

/**
 * Reads a table of known keys, in the order they are written, so that the first wrong one is reported.
 *
 * @param name what the original calls it, for its error
 */
export function readTable<T>(
  name: string,
  fields: { readonly [K in keyof Required<T>]: ConfigReader<NonNullable<T[K]>> },
  required: readonly (keyof T & string)[] = [],
): ConfigReader<T> {
  const known: Record<string, ConfigReader<unknown>> = fields;
  return (value, path) => {
    if (!isTable(value)) return wrongType(value, `struct ${name}`, path);
    const table: Record<string, unknown> = {};
    for (const [key, entry] of Object.entries(value)) {
      const read = Object.hasOwn(known, key) ? known[key] : undefined;
      if (read === undefined) throw new ConfigValueError(unknownField(key, Object.keys(known)), path);
      table[key] = read(entry, [...path, key]);
    }
    for (const key of required) {
      if (!Object.hasOwn(table, key)) throw new ConfigValueError(`missing field \`${key}\``, path);
    }
    return table as T;
  };
}

function unknownField(key: string, known: readonly string[]): string {
  const names = known.map((name) => `\`${name}\``).join(", ");
  return `unknown field \`${key}\`, expected ${known.length > 1 ? "one of " : ""}${names}`;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `string ${JSON.stringify(value)}`;
    case "boolean":
      return `boolean \`${value}\``;
    case "number":
      return Number.isSafeInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
  }
  if (value === null) return "null";
  return Array.isArray(value) ? "sequence" : "map";
}

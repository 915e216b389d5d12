import { toFileUri } from "../../protocol/mod.ts";
import { isObject, type Json, type Message } from "./step.ts";

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const TOKEN = /(<dir>|<uri>|<uuid>|<addr>|<text>|<session:\w+>)/;

/** The values of one run that differ from run to run, in both directions. */
export class Placeholders {
  readonly #dir: string;
  readonly #sessions = new Map<string, string>();

  /** @param dir the fresh folder of the run */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Remembers the session a connection was given, if one of the messages tells. */
  learn(connection: string, messages: readonly Message[]): void {
    for (const { result } of messages) {
      if (!isObject(result) || typeof result.sessionId !== "string") continue;
      if (![...this.#sessions.values()].includes(result.sessionId)) this.#sessions.set(connection, result.sessionId);
    }
  }

  /** Puts the values of this run in. */
  fill<T extends Json>(value: T): T {
    return mapStrings(value, (text) => {
      return text.replaceAll("<dir>", this.#dir).replaceAll("<uri>", toFileUri(this.#dir))
        .replace(/<session:(\w+)>/g, (_, connection) => this.#sessions.get(connection) ?? "no-session");
    }) as T;
  }

  /** A pattern for an expected string, or the string itself when it has no placeholders. */
  pattern(text: string): RegExp | string {
    const parts = text.split(TOKEN);
    if (parts.length === 1) return text;
    const sources = parts.map((part) => {
      if (part === "<uuid>") return UUID;
      if (part === "<addr>") return "[0-9a-f.:\\[\\]]+";
      if (part === "<text>") return "[^]*";
      return RegExp.escape(this.fill(part));
    });
    return new RegExp(`^${sources.join("")}$`);
  }

  /** Replaces the values of this run, and those of any run, by placeholders: what a recording keeps. */
  normalize(message: Message): Message {
    const copy = mapMembers(message, (name, value) => {
      if (name === "environmentInfo") return "<any>";
      return name.endsWith("AtMs") && typeof value === "number" ? "<ms>" : undefined;
    });
    const normal = mapStrings(copy, (text) => this.#generalize(text)) as Message;
    if (isObject(normal.error) && (normal.id === -1 || normal.error.code === -32602)) normal.error.message = "<text>";
    return normal;
  }

  #generalize(text: string): string {
    let general = text.replaceAll(toFileUri(this.#dir), "<uri>").replaceAll(this.#dir, "<dir>");
    for (const [connection, id] of this.#sessions) general = general.replaceAll(id, `<session:${connection}>`);
    return general.replace(new RegExp(UUID, "g"), "<uuid>").replace(/127\.0\.0\.1:\d+/g, "<addr>");
  }
}

function mapStrings(value: Json, map: (text: string) => string): Json {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapStrings(member, map)]));
}

/** Copies a value; members for which `map` gives something are replaced by it. */
function mapMembers<T extends Json>(value: T, map: (name: string, value: Json) => Json | undefined): T {
  if (Array.isArray(value)) return value.map((item) => mapMembers(item, map)) as T;
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, map(name, member) ?? mapMembers(member, map)]);
  return Object.fromEntries(members);
}

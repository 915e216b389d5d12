import { type IncomingMessage, parseMessage } from "./json_rpc.ts";
import { LIMITS } from "./limits.ts";

/** Shorter texts are read faster than they are recognised. */
const MIN_LENGTH = 1024;

const repeated = new WeakSet<object>();

/** Whether a value is a part of what a {@linkcode RepeatedMember} has read: it never changes, down to its last member. */
export function isRepeated(value: object): boolean {
  return repeated.has(value);
}

interface Kept {
  /** As it stands in messages. */
  readonly text: string;
  /** What it says, frozen. */
  readonly value: object;
}

/**
 * Reads the messages of clients that send the same large member with each request: its text is recognised, and the value
 * that was read before is used again, instead of reading some thousand characters anew. All connections share one.
 *
 * A message means what {@linkcode parseMessage} makes of it, errors included.
 */
export class RepeatedMember {
  readonly #name: string;
  readonly #key: string;
  /** Stands where the text stood; nobody else can know it. */
  readonly #place = crypto.randomUUID();
  /** The one used last first. */
  readonly #kept: Kept[] = [];

  /** Knows nothing yet. @param name of the member of `params` */
  constructor(name: string) {
    this.#name = name;
    this.#key = `${JSON.stringify(name)}:`;
  }

  /** Parses one message. @throws {SyntaxError} when the text is not one well-formed envelope */
  parse(text: string): IncomingMessage {
    if (text.length < MIN_LENGTH || text.length > LIMITS.maxRepeatedMessageLength) return parseMessage(text);
    const at = text.indexOf(this.#key) + this.#key.length;
    const kept = this.#recognise(text, at);
    const message = kept === undefined ? undefined : this.#parseAround(text, at, kept);
    if (message !== undefined) return message;
    const whole = parseMessage(text);
    this.#keep(text, at, whole);
    return whole;
  }

  #recognise(text: string, at: number): Kept | undefined {
    const index = this.#kept.findIndex((kept) => text.startsWith(kept.text, at));
    const kept = this.#kept[index];
    if (kept === undefined || index === 0) return kept;
    this.#kept.splice(index, 1);
    this.#kept.unshift(kept);
    return kept;
  }

  /** @returns undefined when it is no such message, or none at all */
  #parseAround(text: string, at: number, { text: { length }, value }: Kept): IncomingMessage | undefined {
    try {
      const message = parseMessage(`${text.slice(0, at)}"${this.#place}"${text.slice(at + length)}`);
      const params = paramsOf(message);
      // it may stand elsewhere, under the same name
      if (params?.[this.#name] !== this.#place) return undefined;
      params[this.#name] = value;
      return message;
    } catch {
      return undefined;
    }
  }

  #keep(text: string, at: number, message: IncomingMessage): void {
    const value = paramsOf(message)?.[this.#name];
    if (typeof value !== "object" || value === null) return;
    const own = JSON.stringify(value);
    if (own.length < MIN_LENGTH || !text.startsWith(own, at)) return;
    this.#kept.unshift({ text: own, value: frozen(value) });
    this.#kept.length = Math.min(this.#kept.length, LIMITS.maxRepeatedMembers);
  }
}

function paramsOf(message: IncomingMessage): Record<string, unknown> | undefined {
  if (message.kind !== "request" || typeof message.params !== "object" || message.params === null) return undefined;
  return message.params as Record<string, unknown>;
}

/** Many messages share it. */
function frozen(value: object): object {
  for (const member of Object.values(value)) if (typeof member === "object" && member !== null) frozen(member);
  repeated.add(value);
  return Object.freeze(value);
}

/** What a registry is asked to register: its older contract speaks of executors, its newer one of environments. */
export type RegistryNoun = "executor" | "environment";

/**
 * A registration that failed; the executor ends with it. The texts are the original's.
 *
 * Source: environments, sections 1.13 and 6.2.
 */
export class RegistryError extends Error {
  /** Whether the same request may succeed a little later. */
  readonly temporary: boolean;

  /** Makes an error. @param message with its prefix; @param options the cause, and whether it passes */
  constructor(message: string, { temporary = false, ...options }: ErrorOptions & { temporary?: boolean } = {}) {
    super(message, options);
    this.name = "RegistryError";
    this.temporary = temporary;
  }

  /** What was asked for cannot be. */
  static configuration(noun: RegistryNoun, detail: string): RegistryError {
    return new RegistryError(`${noun} registry configuration error: ${detail}`);
  }

  /** The token is missing or was refused. */
  static authentication(noun: RegistryNoun, detail: string): RegistryError {
    return new RegistryError(`${noun} registry authentication error: ${detail}`);
  }

  /** The registry answered nonsense. */
  static transport(noun: RegistryNoun, detail: string, cause?: unknown): RegistryError {
    return new RegistryError(`${noun} registry request failed: ${detail}${causes(cause)}`, { cause });
  }

  /** The registry could not be reached. */
  static unreachable(noun: RegistryNoun, detail: string, cause: unknown): RegistryError {
    const text = `${noun} registry request failed: ${detail}${causes(cause)}`;
    return new RegistryError(text, { cause, temporary: true });
  }

  /** The registry refused. @param status such as `404 Not Found`; @param code the registry's own */
  static refused(noun: RegistryNoun, status: string, code: string | undefined, detail: string): RegistryError {
    const reason = code === undefined ? status : `${status}, ${code}`;
    const temporary = /^(408|409|429|5\d\d) /.test(status);
    return new RegistryError(`${noun} registry request failed (${reason}): ${detail}`, { temporary });
  }
}

function causes(error: unknown): string {
  const lines: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) lines.push(`    ${withoutUrl(cause.message)}`);
  return lines.length === 0 ? "" : `\n\nCaused by:\n${lines.join("\n")}`;
}

/** The runtime puts the URL, which may hold a secret, in front of the reason. */
function withoutUrl(message: string): string {
  return message.replace(/^error sending request for url \(.*?\): /s, "").replace(/\S+:\/\/\S+/g, "<url>");
}

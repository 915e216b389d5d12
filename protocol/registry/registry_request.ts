import { LIMITS } from "../limits.ts";
import { RegistryError, type RegistryNoun } from "./registry_error.ts";
import { STATUS_TEXT } from "./status_text.ts";

const PREVIEW_CHARACTERS = 4096;

/** One request to a registry. */
export interface RegistryRequest {
  /** For texts. */
  readonly noun: RegistryNoun;
  /** Where it goes. */
  readonly url: string;
  /** Sent as `authorization: Bearer`. */
  readonly bearerToken: string;
  /** Sent as JSON; nothing when absent. */
  readonly body?: unknown;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether redirects are followed; the token stays within the origin. */
  readonly followRedirects: boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Posts to a registry, within {@linkcode LIMITS.registryTimeoutMs}.
 *
 * Source: environments, section 6.2.
 *
 * @returns the answer's JSON
 * @throws {RegistryError} when there is no answer or no success
 */
export async function registryRequest(request: RegistryRequest): Promise<unknown> {
  const { noun, url } = request;
  if (!URL.canParse(url)) throw RegistryError.transport(noun, "builder error: relative URL without a base");
  let response: Response, text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: {
        ...request.headers,
        authorization: `Bearer ${request.bearerToken}`,
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        accept: "*/*",
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      redirect: request.followRedirects ? "follow" : "manual",
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(LIMITS.registryTimeoutMs)]),
    });
    text = await boundedText(response);
  } catch (error) {
    request.signal.throwIfAborted();
    throw RegistryError.unreachable(noun, `error sending request for url (${withoutSecrets(url)})`, error);
  }
  if (!response.ok) throw refusal(noun, response.status, text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw RegistryError.transport(noun, "error decoding response body", error);
  }
}

function refusal(noun: RegistryNoun, code: number, text: string): RegistryError {
  const status = `${code} ${STATUS_TEXT[code] ?? "<unknown status code>"}`;
  const { error } = jsonOrNothing(text);
  const message = typeof error?.message === "string" ? error.message : undefined;
  if (code === 401 || code === 403) {
    const detail = message ?? (preview(text) || "empty error body");
    return RegistryError.authentication(noun, `${noun} registry authentication failed (${status}): ${detail}`);
  }
  const ownCode = typeof error?.code === "string" ? error.code : undefined;
  return RegistryError.refused(noun, status, ownCode, message ?? (preview(text) || "empty or malformed error body"));
}

function jsonOrNothing(text: string): { error?: { code?: unknown; message?: unknown } | null } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function preview(text: string): string {
  return text.trim().slice(0, PREVIEW_CHARACTERS);
}

async function boundedText(response: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > LIMITS.maxRegistryAnswerBytes) throw new Error("the answer is too long");
  }
  return text + decoder.decode();
}

/** The URL without user, password and query. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

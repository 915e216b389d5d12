import { type HttpHeader, invalidParams, TEXTS } from "../../protocol/mod.ts";

/** Variables whose value never leaves the executor in a header. */
const DENIED_VARIABLES: ReadonlySet<string> = new Set([
  "CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN",
  "OPENAI_FEDERATION_RULE_ID",
  "OPENAI_IDENTITY_TOKEN_FILE",
  "OPENAI_WORKLOAD_IDENTITY_CONTEXT",
  "OPENAI_API_KEY",
  "CODEX_API_KEY",
  "CODEX_ACCESS_TOKEN",
  "CODEX_CONNECTORS_TOKEN",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AZURE_CLIENT_SECRET",
  "AZURE_FEDERATED_TOKEN_FILE",
  "GOOGLE_APPLICATION_CREDENTIALS",
]);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// deno-lint-ignore no-control-regex -- these are what a header must not contain
const FORBIDDEN_IN_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;

/** Whether a text is a token (RFC 9110 section 5.6.2): a method or the name of a header. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * The value of a header as it is sent, the executor's variable included.
 *
 * Source: HTTP and MCP, section 1.4.
 *
 * @param environment variables of the executor
 * @throws {RpcError} -32602 for a bad name or value, or a variable that is denied, unset or empty
 */
export function headerValue(header: HttpHeader, environment: Readonly<Record<string, string>>): string {
  const { name, value = "", valueEnvVar } = header;
  if (!isToken(name)) throw invalidParams(TEXTS.httpHeaderName);
  const full = typeof valueEnvVar === "string" ? value + variable(name, valueEnvVar, environment) : value;
  if (FORBIDDEN_IN_VALUE.test(full)) throw invalidParams(TEXTS.httpHeaderValue(name));
  return full;
}

function variable(header: string, name: string, environment: Readonly<Record<string, string>>): string {
  if (DENIED_VARIABLES.has(name.toUpperCase())) throw invalidParams(TEXTS.httpVariableDenied(header, name));
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value === undefined) throw invalidParams(TEXTS.httpVariableMissing(header, name));
  if (value === "") throw invalidParams(TEXTS.httpVariableEmpty(header, name));
  return value;
}

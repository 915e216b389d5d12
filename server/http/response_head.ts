import { type HttpResponseHead, type HttpResponseHeader, LIMITS } from "../../protocol/mod.ts";
import { isToken } from "./header_value.ts";
import { HttpFailure } from "./http_failure.ts";

/** The head of a response. */
export interface ResponseHead extends HttpResponseHead {
  /** 0 for HTTP/1.0. */
  readonly minorVersion: 0 | 1;
}

// bytes above 0x7f are allowed, controls other than TAB are not
const STATUS_LINE = /^HTTP\/1\.([01]) ([0-9]{3})(?: (.*))?$/;
// deno-lint-ignore no-control-regex -- these are what a head must not contain; bytes above 0x7f may stand in it
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const VISIBLE = /^[\t\x20-\x7e]*$/;

/**
 * Finds the end of a head: an empty line, after LF or CRLF.
 *
 * @param from where to look, at least three bytes before what is new
 * @returns the index behind it, or -1
 */
export function headEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(10, Math.max(from, 0)); at !== -1; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return -1;
}

/**
 * Reads a head. Names come in lower case, values of one name together at its first place; a value that is not visible
 * ASCII is dropped with its header.
 *
 * Source: HTTP and MCP, section 1.6.
 *
 * @throws {HttpFailure} "protocol" when it is not HTTP/1 or has too many headers
 */
export function parseResponseHead(bytes: Uint8Array): ResponseHead {
  const text = textOf(bytes);
  let end = text.indexOf("\n");
  const status = STATUS_LINE.exec(withoutCr(text.slice(0, end)));
  if (status === null || Number(status[2]) < 100 || CONTROL.test(status[3] ?? "")) throw new HttpFailure("protocol");
  const headers: HttpResponseHeader[] = [];
  const names = new Set<string>();
  while (true) {
    const start = end + 1;
    end = text.indexOf("\n", start);
    const line = withoutCr(text.slice(start, end));
    if (line === "") break;
    if (headers.length === LIMITS.maxHttpResponseHeaders) throw new HttpFailure("protocol");
    const colon = line.indexOf(":");
    const value = trimBlanks(line.slice(colon + 1));
    const name = line.slice(0, colon).toLowerCase();
    if (colon === -1 || !isToken(name) || CONTROL.test(value)) throw new HttpFailure("protocol");
    names.add(name);
    headers.push({ name, value });
  }
  const grouped = names.size === headers.length
    ? headers
    : [...Map.groupBy(headers, ({ name }) => name).values()].flat();
  const visible = grouped.filter(({ value }) => VISIBLE.test(value));
  return { status: Number(status[2]), headers: visible, minorVersion: status[1] === "0" ? 0 : 1 };
}

/** Each byte a character. */
function textOf(bytes: Uint8Array): string {
  const ascii = UTF8.decode(bytes);
  // what is UTF-8 beyond ASCII comes out shorter
  if (ascii.length === bytes.length && !ascii.includes("\ufffd")) return ascii;
  // `TextDecoder` would make windows-1252 of it
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) {
    text += Reflect.apply(String.fromCharCode, null, bytes.subarray(at, at + 4096));
  }
  return text;
}

function withoutCr(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** All values of a header, in order. */
export function headerValues({ headers }: HttpResponseHead, name: string): string[] {
  return headers.filter((header) => header.name === name).map(({ value }) => value);
}

/** Whether a list header such as `connection` names this token. */
export function hasToken(values: readonly string[], token: string): boolean {
  return values.some((value) => value.split(",").some((item) => item.trim().toLowerCase() === token));
}

/** Without blanks and tabs around; not by a regular expression, which would take quadratic time. */
function trimBlanks(text: string): string {
  let start = 0, end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

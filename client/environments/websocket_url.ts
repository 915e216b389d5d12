import { EnvironmentError } from "./environment_error.ts";

const MAX_URL_LENGTH = 65_534;
const AUTHORITY_CHARACTER = /[!$&'()*+,\-.0-9:;=@A-Z[\]_a-z~%]/;
// everything from DEL on is taken, as bytes of UTF-8
const PATH = /^[!"$-;=@-_a-~\x7F-\u{10FFFF}]*$/u, QUERY = /^[!$-;=?-~\x7F-\u{10FFFF}]*$/u;

/**
 * Checks the form of a websocket URL of a configuration file, trimmed already. Whether anything answers there, and
 * whether its host and port make sense, shows when it is used.
 *
 * Source: environments, section 4.2 rules 9 to 11.
 *
 * @throws {EnvironmentError} saying what is wrong
 */
export function checkWebSocketUrl(url: string): void {
  if (url === "") throw new EnvironmentError("environment url cannot be empty");
  const scheme = /^wss?:\/\//.exec(url)?.[0];
  if (scheme === undefined) throw new EnvironmentError(`environment url \`${url}\` must use ws:// or wss://`);
  const fault = faultOf(url, url.slice(scheme.length));
  if (fault !== undefined) {
    throw new EnvironmentError(`environment url \`${url}\` is invalid: HTTP format error: ${fault}`);
  }
}

/** Finds the faults that the original's parser finds (Rust's `http::Uri`), in its order. */
function faultOf(url: string, rest: string): string | undefined {
  if (rest === "") return "empty string";
  if (new TextEncoder().encode(url).length > MAX_URL_LENGTH) return "uri too long";
  const end = rest.search(/[/?#]/);
  const authority = end === -1 ? rest : rest.slice(0, end);
  const fault = authorityFault(authority);
  if (fault !== undefined) return fault;
  if (authority === "") return "invalid format";
  const [path = "", ...query] = rest.slice(authority.length).replace(/#.*$/s, "").split("?");
  return PATH.test(path) && QUERY.test(query.join("?")) ? undefined : "invalid uri character";
}

function authorityFault(authority: string): string | undefined {
  let colons = 0, opened = false, closed = false, percent = false;
  for (const character of authority) {
    if (!AUTHORITY_CHARACTER.test(character)) return "invalid uri character";
    if (character === ":" && ++colons > 8) return "invalid authority";
    if (character === "%") percent = true;
    if (character === "[") {
      if (opened || percent) return "invalid authority";
      opened = true;
    }
    if (character === "]") {
      if (closed || !opened) return "invalid authority";
      closed = true;
    }
    if (character === "]" || character === "@") {
      colons = 0;
      percent = false;
    }
    if (character === "@") opened = false;
  }
  const wrong = opened !== closed || colons > 1 || percent || authority.endsWith("@");
  return wrong ? "invalid authority" : undefined;
}

import { invalidParams, invalidRequest, notFound } from "./errors.ts";

/** The form in which a client wrote a path, and in which it gets paths back. */
export type PathForm = "native" | "uri";

/** A path from the wire: absolute and lexically normalised. */
export interface WirePath {
  /** Native POSIX path. */
  readonly path: string;
  /** How the client wrote it. */
  readonly form: PathForm;
}

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/;

/**
 * Reads a path member: an absolute native path (clients of 0.130) or a `file:` URI (clients of 0.169).
 *
 * Source: exec-server protocol, section 9.1. `.`, `..`, double and trailing slashes are removed without looking at the
 * disk.
 *
 * @throws {RpcError} -32602 for anything else, -32600 for a URI of another host or system, -32004 for a name that holds
 * an escaped slash and so cannot exist
 */
export function parsePath(text: string): WirePath {
  if (text.startsWith("/")) {
    if (text.includes("\0")) throw invalidRequest("file name contained an unexpected NUL byte");
    return { path: normalizePath(text), form: "native" };
  }
  const scheme = SCHEME.exec(text);
  if (scheme === null) {
    throw invalidParams(`invalid path ${JSON.stringify(text)}: expected an absolute path or a file: URI`);
  }
  const name = scheme[1]?.toLowerCase() ?? "";
  if (name !== "file") throw invalidParams(`unsupported path URI scheme \`${name}\``);
  return { path: pathOfUri(text, text.slice(scheme[0].length)), form: "uri" };
}

function pathOfUri(uri: string, rest: string): string {
  if (rest.includes("?")) throw invalidParams("query parameters are not allowed in path URIs");
  if (rest.includes("#")) throw invalidParams("fragments are not allowed in path URIs");
  let path = rest.replaceAll("\\", "/");
  if (path.startsWith("//")) {
    const slash = path.indexOf("/", 2);
    const host = slash === -1 ? path.slice(2) : path.slice(2, slash);
    if (host !== "" && host.toLowerCase() !== "localhost") throw invalidRequest(`'${uri}' is invalid on 'linux'`);
    path = slash === -1 ? "/" : path.slice(slash);
  }
  if (!path.startsWith("/")) path = `/${path}`;
  if (/^\/+[A-Za-z]:(\/|$)/.test(path)) throw invalidRequest(`'${uri}' is invalid on 'linux'`);
  return normalizePath(decodeSegments(uri, path));
}

function decodeSegments(uri: string, path: string): string {
  if (!path.includes("%")) return path;
  return path.split("/").map((segment) => {
    let decoded: string;
    try {
      decoded = decodeURIComponent(segment.replace(/%(?![0-9A-Fa-f]{2})/g, "%25"));
    } catch {
      throw invalidRequest(`'${uri}' is not UTF-8: such names cannot be addressed by this server`);
    }
    if (decoded.includes("\0")) throw invalidParams(`'${uri}' is invalid on 'linux'`);
    if (decoded.includes("/")) throw notFound("No such file or directory (os error 2)");
    return decoded;
  }).join("/");
}

/** Removes `.`, `..`, empty and trailing segments of an absolute path, without looking at the disk. */
export function normalizePath(path: string): string {
  if (!/\/(\/|\.|$)/.test(path)) return path;
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  return `/${kept.join("/")}`;
}

/**
 * Writes a native absolute path as a `file://` URI with percent-encoded UTF-8. Exactly the characters are escaped that
 * the original escapes, since its clients compare URIs as text.
 */
export function toFileUri(path: string): string {
  const drive = /^\/([A-Za-z]):(?=\/|$)/.exec(path);
  // a first name such as `C:` would be read as a Windows drive; an escaped letter is not
  if (drive !== null) return `file:///%${path.charCodeAt(1).toString(16)}${encodeSegments(path.slice(2))}`;
  return `file://${encodeSegments(path)}`;
}

function encodeSegments(path: string): string {
  return path.split("/").map(encodeSegment).join("/");
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed()).replace(
    /%(3A|40|24|26|2B|2C|3B|3D|5B|5D|5E|7C)/g,
    (escape) => decodeURIComponent(escape),
  );
}

/** Writes a native absolute path in the form the client used. */
export function formatPath(path: string, form: PathForm): string {
  return form === "uri" ? toFileUri(path) : path;
}

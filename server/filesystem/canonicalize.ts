/**
 * The real path of something that exists, with all links resolved.
 *
 * Source: exec-server protocol, section 9.10.
 */
export function canonicalize(path: string): Promise<string> {
  return Deno.realPath(path);
}

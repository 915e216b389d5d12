import source from "./helper_program.js" with { type: "text" };

/** Most characters of one argument, with room for what else belongs to it; the kernel takes 128 KiB. */
const MAX_ARGUMENT_LENGTH = 120 * 1024;

let located: string | undefined;

/**
 * The helper's main module: one file, since each module costs time at the start. It stands beside this one; in a bundle,
 * which has no files beside it, the text itself is the address.
 *
 * @throws {Error} when the text is too long for that
 */
export function helperProgram(): string {
  return located ??= locate(new URL("./helper_program.js", import.meta.url));
}

/** The helper's main module as an address that holds it, so that nothing has to be read. */
export function helperProgramData(): string {
  return `data:application/javascript;base64,${new TextEncoder().encode(source).toBase64()}`;
}

function locate(url: URL): string {
  if (url.protocol !== "file:") return url.href;
  try {
    // something else by that name must not be run
    if (Deno.readTextFileSync(url) === source) return url.href;
  } catch {
    // not there
  }
  const address = helperProgramData();
  if (address.length > MAX_ARGUMENT_LENGTH) throw new Error("Cannot start the helper: its program is too long");
  return address;
}

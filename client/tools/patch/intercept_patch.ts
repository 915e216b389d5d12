/** What a command that is a patch asks for. */
export type InterceptedPatch =
  | { readonly kind: "patch"; readonly text: string; readonly directory: string | undefined }
  /** A patch without the command in front. */
  | { readonly kind: "bare" };

const DIRECTORY = String
  .raw`(?:cd[ \t]+(?:'([^'\n]*)'|"([^"$\`\\\n]*)"|([^\s'"$\`\\;&|<>()*?\[\]{}~#!]+))[ \t]*&&\s*)?`;
const COMMAND = String.raw`apply_?patch[ \t]*<<-?[ \t]*(?:'(\w+)'|"(\w+)"|(\w+))[ \t]*\n`;
const SHAPE = new RegExp(`^\\s*${DIRECTORY}${COMMAND}`);

/**
 * Recognises a shell command that is nothing but a here-document for `apply_patch` (environments, section 7.2), maybe
 * behind one `cd`. Everything else is a command for the shell.
 */
export function interceptPatch(command: string): InterceptedPatch | undefined {
  if (/^\s*\*\*\* Begin Patch[ \t]*\r?\n/.test(command)) return { kind: "bare" };
  const match = SHAPE.exec(command);
  if (match === null) return undefined;
  const [head, single, double, bare, ...delimiters] = match;
  const delimiter = delimiters.find((name) => name !== undefined) as string;
  const lines = command.slice(head.length).split("\n");
  const end = lines.indexOf(delimiter);
  if (end === -1 || lines.slice(end + 1).some((line) => line.trim() !== "")) return undefined;
  return { kind: "patch", text: lines.slice(0, end).join("\n"), directory: single ?? double ?? bare };
}

/** The folder of Codex' configuration: `$CODEX_HOME`, else `~/.codex`. @throws {Error} when neither is known */
export function codexHome(): string {
  const named = Deno.env.get("CODEX_HOME");
  if (named !== undefined && named !== "") return named;
  const home = Deno.env.get("HOME");
  if (home === undefined || home === "") throw new Error("neither CODEX_HOME nor HOME is set");
  return `${home}/.codex`;
}

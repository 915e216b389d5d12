import type { Content } from "./corpus.ts";

/** A command of exec_command that may be a patch. */
export interface CommandCase {
  /** Unique. */
  readonly name: string;
  /** The workspace before. */
  readonly before: Readonly<Record<string, Content>>;
  /** Arguments of exec_command; `{ws}` in `cmd` stands for the workspace's absolute path. */
  readonly args: { readonly cmd: string; readonly [name: string]: unknown };
}

const cases: CommandCase[] = [];
const PATCH = "*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch";

function command(
  name: string,
  cmd: string,
  more: Record<string, unknown> = {},
  before: CommandCase["before"] = {},
): void {
  cases.push({ name, before: { "sub/keep": "", ...before }, args: { login: false, ...more, cmd } });
}

command("quoted here-document", `apply_patch <<'EOF'\n${PATCH}\nEOF`);
command("quoted here-document, newline behind", `apply_patch <<'EOF'\n${PATCH}\nEOF\n`);
command("unquoted here-document", `apply_patch <<EOF\n${PATCH}\nEOF`);
command("double quoted here-document", `apply_patch <<"EOF"\n${PATCH}\nEOF`);
command("other delimiter", `apply_patch <<'PATCH'\n${PATCH}\nPATCH`);
command("blank before the delimiter", `apply_patch << 'EOF'\n${PATCH}\nEOF`);
command("tab-stripping here-document", `apply_patch <<-'EOF'\n${PATCH}\nEOF`);
command("applypatch", `applypatch <<'EOF'\n${PATCH}\nEOF`);
command("behind cd", `cd sub && apply_patch <<'EOF'\n${PATCH}\nEOF`);
command("behind cd with single quotes", `cd 'sub' && apply_patch <<'EOF'\n${PATCH}\nEOF`);
command("behind cd with double quotes", `cd "sub" && apply_patch <<'EOF'\n${PATCH}\nEOF`);
command("behind cd to an absolute path", `cd {ws}/sub && apply_patch <<'EOF'\n${PATCH}\nEOF`);
command("behind cd and a semicolon", `cd sub; apply_patch <<'EOF'\n${PATCH}\nEOF`);
command("behind two cd", `cd sub && cd .. && apply_patch <<'EOF'\n${PATCH}\nEOF`);
command("behind cd with two arguments", `cd sub x && apply_patch <<'EOF'\n${PATCH}\nEOF`);
command("behind cd to a variable", `cd $HOME && apply_patch <<'EOF'\n${PATCH}\nEOF`);
command("behind echo", `echo hi && apply_patch <<'EOF'\n${PATCH}\nEOF`);
command("with a command behind", `apply_patch <<'EOF'\n${PATCH}\nEOF\necho done`);
command("with && behind", `apply_patch <<'EOF' && echo done\n${PATCH}\nEOF`);
command("with a pipe", `apply_patch <<'EOF' | cat\n${PATCH}\nEOF`);
command("with an argument as well", `apply_patch x <<'EOF'\n${PATCH}\nEOF`);
command("as an argument", `apply_patch '${PATCH}'`);
command("as a double quoted argument", `apply_patch "${PATCH}"`);
command("from a pipe", `printf '%s\\n' '${PATCH}' | apply_patch`);
command("leading blanks", `  apply_patch <<'EOF'\n${PATCH}\nEOF`);
command("redirected output", `apply_patch <<'EOF' >out\n${PATCH}\nEOF`);
command("with workdir", `apply_patch <<'EOF'\n${PATCH}\nEOF`, { workdir: "sub" });
command("with workdir behind cd", `cd .. && apply_patch <<'EOF'\n${PATCH}\nEOF`, { workdir: "sub" });
command(
  "unquoted with a variable inside",
  "apply_patch <<EOF\n*** Begin Patch\n*** Add File: a.txt\n+$HOME\n*** End Patch\nEOF",
);
command("a bad patch", "apply_patch <<'EOF'\n*** Begin Patch\n*** Frob\n*** End Patch\nEOF");
command(
  "a patch that does not fit",
  "apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: f\n@@\n-z\n+y\n*** End Patch\nEOF",
  {},
  { f: "a\n" },
);
command("an empty here-document", "apply_patch <<'EOF'\nEOF");
command("only the patch", PATCH);
command("name inside a word", `my_apply_patch <<'EOF'\n${PATCH}\nEOF`);
command("in a comment", `# apply_patch <<'EOF'\necho no`);
command(
  "update in a here-document",
  "apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: f\n@@\n-a\n+b\n*** End Patch\nEOF",
  {},
  { f: "a\n" },
);

/** Every case. */
export const COMMANDS: readonly CommandCase[] = cases;

import { decodeArguments } from "../decode_arguments.ts";
import { objectSchema, type Parameters } from "../parameters.ts";
import { textResult, type Tool, type ToolDefinition, type ToolResult } from "../tool.ts";
import { type PatchSettings, runPatchText } from "./run_patch_text.ts";

const PARAMETERS: Parameters = {
  input: { type: "string", required: true, description: "The patch, from `*** Begin Patch` to `*** End Patch`." },
};

const FORMAT = `A patch adds, deletes, changes and renames files:

*** Begin Patch
*** Add File: path/of/new_file
+every line of it
*** Delete File: path/of/old_file
*** Update File: path/of/file
*** Move to: new/path/of/file
@@ line above the change, when the change alone is not unique
 line that stays
-line that goes
+line that comes
*** End Patch

"*** Move to" and the text behind @@ may be left out. Show about three lines that stay around each change. "*** End of File" behind a change binds it to the end of the file.`;

/** The format as a grammar, for models that are held to one. */
function grammar(several: boolean): string {
  const environment = several ? 'environment: "*** Environment ID: " /(.+)/ LF\n' : "";
  return `start: begin ${several ? "environment? " : ""}change+ end
begin: "*** Begin Patch" LF
${environment}change: add | delete | update
add: "*** Add File: " path LF added+
delete: "*** Delete File: " path LF
update: "*** Update File: " path LF move? hunk+
move: "*** Move to: " path LF
hunk: ("@@" | "@@ " /(.+)/) LF line+ ("*** End of File" LF)?
line: (" " | "+" | "-") /(.*)/ LF
added: "+" /(.*)/ LF
path: /(.+)/
end: "*** End Patch" LF?

%import common.LF
`;
}

/** What {@linkcode ApplyPatchTool} works with. */
export interface ApplyPatchSettings extends PatchSettings {
  /** Whether it takes the patch as plain text; else as the JSON argument `input`. */
  readonly freeform: boolean;
}

/** Applies a patch to the files of an environment (environments, section 7.2). */
export class ApplyPatchTool implements Tool {
  readonly definition: ToolDefinition;
  readonly #settings: ApplyPatchSettings;

  /** Describes itself for the environments. */
  constructor(settings: ApplyPatchSettings) {
    this.#settings = settings;
    const { several, all } = settings.environments;
    const ids = all.map(({ environment }) => environment.id).join(", ");
    const choice = several
      ? `\n\nA second line "*** Environment ID: <id>" chooses the environment (${ids}); without it the first.`
      : "";
    this.definition = {
      name: "apply_patch",
      description: `Edits files. ${FORMAT}${choice}`,
      parameters: objectSchema(PARAMETERS),
      ...settings.freeform ? { freeform: { syntax: "lark", definition: grammar(several) } } : {},
      readOnly: false,
    };
  }

  async call(input: string): Promise<ToolResult> {
    const text = this.#settings.freeform ? input : decodeArguments(input, PARAMETERS).input as string;
    const answer = await runPatchText(text, this.#settings);
    return textResult(answer.text, !answer.success);
  }
}

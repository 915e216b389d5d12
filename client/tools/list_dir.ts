import { type DirectoryEntry, LIMITS } from "../../protocol/mod.ts";
import { decodeArguments } from "./decode_arguments.ts";
import { objectSchema, type Parameters } from "./parameters.ts";
import { resolveToolPath } from "./resolve_path.ts";
import { ENVIRONMENT, type SelectedEnvironments } from "./selected_environments.ts";
import { textResult, type Tool, type ToolDefinition, type ToolResult } from "./tool.ts";
import { ToolError } from "./tool_error.ts";

const PARAMETERS: Parameters = {
  path: { type: "string", description: "Directory, relative to the working directory. Default: that." },
};

/**
 * Lists a directory through the files of an environment; an addition, since no released Codex offers the tool
 * (environments, section 7.4).
 */
export class ListDirTool implements Tool {
  readonly definition: ToolDefinition;
  readonly #environments: SelectedEnvironments;

  /** Describes itself for the environments. */
  constructor(environments: SelectedEnvironments) {
    this.#environments = environments;
    this.definition = {
      name: "list_dir",
      description: "Lists a directory: one name a line, sorted, directories with a slash behind.",
      parameters: objectSchema({ ...PARAMETERS, ...environments.parameter }),
      readOnly: true,
    };
  }

  async call(input: string): Promise<ToolResult> {
    const args = decodeArguments(input, { ...PARAMETERS, ...ENVIRONMENT });
    const selected = this.#environments.resolve(args.environment_id as string | undefined, "filesystem");
    const path = resolveToolPath(selected.cwd, (args.path as string | undefined) || ".");
    let entries: DirectoryEntry[];
    try {
      entries = await selected.environment.filesystem.readDirectory(path, { sandbox: selected.sandbox });
    } catch (error) {
      throw new ToolError(`unable to list directory \`${path}\`: ${(error as Error).message}`);
    }
    const names = entries.map(({ fileName, isDirectory }) => isDirectory ? `${fileName}/` : fileName).sort();
    const shown = names.slice(0, LIMITS.maxListedEntries);
    const more = names.length - shown.length;
    return textResult([path, ...shown, ...more > 0 ? [`... ${more} more entries ...`] : []].join("\n"));
  }
}

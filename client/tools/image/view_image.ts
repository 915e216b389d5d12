import { LIMITS } from "../../../protocol/mod.ts";
import { decodeArguments } from "../decode_arguments.ts";
import { objectSchema, type Parameters } from "../parameters.ts";
import { resolveToolPath } from "../resolve_path.ts";
import { ENVIRONMENT, type SelectedEnvironment, type SelectedEnvironments } from "../selected_environments.ts";
import type { Tool, ToolDefinition, ToolResult } from "../tool.ts";
import { ToolError } from "../tool_error.ts";
import { checkImage } from "./check_image.ts";

const PARAMETERS: Parameters = {
  path: { type: "string", required: true, description: "Path of a PNG, JPEG, GIF or WebP file." },
};

/** Shows an image file to a model (environments, section 7.3). */
export class ViewImageTool implements Tool {
  readonly definition: ToolDefinition;
  readonly #environments: SelectedEnvironments;

  /** Describes itself for the environments. */
  constructor(environments: SelectedEnvironments) {
    this.#environments = environments;
    this.definition = {
      name: "view_image",
      description: "Shows an image file.",
      parameters: objectSchema({ ...PARAMETERS, ...environments.parameter }),
      readOnly: true,
    };
  }

  async call(input: string): Promise<ToolResult> {
    const args = decodeArguments(input, { ...PARAMETERS, ...ENVIRONMENT });
    const selected = this.#environments.resolve(args.environment_id as string | undefined, "filesystem");
    const path = resolveToolPath(selected.cwd, args.path as string);
    const bytes = await readImage(path, selected);
    const mimeType = await checkImage(bytes);
    if (mimeType === undefined) throw new ToolError("unable to process image: invalid or unsupported image data");
    return { content: [{ type: "image", mimeType, dataBase64: bytes.toBase64() }], isError: false };
  }
}

async function readImage(path: string, { environment, sandbox }: SelectedEnvironment): Promise<Uint8Array> {
  const { filesystem } = environment;
  try {
    const { isFile, size } = await filesystem.getMetadata(path, { sandbox });
    if (!isFile) throw new ToolError(`image path \`${path}\` is not a file`);
    if (size > LIMITS.maxImageBytes) {
      throw new ToolError(`image path \`${path}\` is too large: limit is ${LIMITS.maxImageBytes} bytes`);
    }
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new ToolError(`unable to locate image at \`${path}\`: ${(error as Error).message}`);
  }
  try {
    return await filesystem.readFile(path, { sandbox });
  } catch (error) {
    throw new ToolError(`unable to read image at \`${path}\`: ${(error as Error).message}`);
  }
}

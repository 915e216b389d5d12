import { Option } from "@commander-js/extra-typings";
import { parse } from "@std/jsonc";
import { type PathForm, RpcError, type SandboxContext } from "../protocol/mod.ts";
import { encodeSandbox, parseSandbox, projectSandboxPolicy, type SandboxPolicy } from "../sandbox/mod.ts";

const POLICIES: Readonly<Record<string, SandboxPolicy>> = {
  "read-only": { type: "read-only" },
  "workspace-write": { type: "workspace-write" },
};
// what is on the disk of another machine cannot be looked at while a profile is made
const NO_DISK = { lstat: () => undefined, readLink: () => undefined, readStart: () => undefined };

/** `--sandbox`. */
export function sandboxOption() {
  return new Option("--sandbox <PROFILE>", "read-only, workspace-write, or a .jsonc file with a permission profile");
}

/**
 * The sandbox context for `--sandbox`.
 *
 * @param cwd absolute directory in the environment: the workspace
 * @param form how the executor takes paths
 * @throws {Error} when it is none of the names and not a file with a permission profile
 */
export async function sandboxOf(value: string, cwd: string, form: PathForm): Promise<SandboxContext> {
  const policy = Object.hasOwn(POLICIES, value) ? POLICIES[value] : undefined;
  if (policy !== undefined) return encodeSandbox(projectSandboxPolicy(policy, cwd, NO_DISK), form);
  const permissions = await readProfile(value);
  try {
    const context = { permissions, cwd, workspaceRoots: [cwd], windowsSandboxLevel: "disabled" };
    return encodeSandbox(parseSandbox(context), form);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const text = error.message.replace("params.sandbox.permissions", "profile");
    throw new Error(`invalid permission profile \`${value}\`: ${text}`, { cause: error });
  }
}

async function readProfile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    if (!/[./]/.test(path)) {
      throw new Error(`unknown --sandbox \`${path}\`: expected read-only, workspace-write or a file`, { cause });
    }
    throw new Error(`failed to read permission profile \`${path}\`: ${(cause as Error).message}`, { cause });
  }
  try {
    return parse(text);
  } catch (cause) {
    throw new Error(`failed to parse permission profile \`${path}\`: ${(cause as Error).message}`, { cause });
  }
}

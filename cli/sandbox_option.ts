import { Option } from "@commander-js/extra-typings";
import { parse } from "@std/jsonc";
import { sandboxFromPolicy, sandboxFromProfileWithCwd } from "../client/mod.ts";
import { RpcError, type SandboxContext, type SandboxPolicy } from "../protocol/mod.ts";
import { parseSandbox } from "../sandbox/mod.ts";

const POLICIES: Readonly<Record<string, SandboxPolicy>> = {
  "read-only": { type: "read-only" },
  "workspace-write": { type: "workspace-write" },
};

/** `--sandbox`. */
export function sandboxOption() {
  return new Option("--sandbox <PROFILE>", "read-only, workspace-write, or a .jsonc file with a permission profile");
}

/**
 * The sandbox context for `--sandbox`.
 *
 * @param cwd absolute directory in the environment: the workspace
 * @throws {Error} when it is none of the names and not a file with a permission profile
 */
export async function sandboxOf(value: string, cwd: string): Promise<SandboxContext> {
  const policy = Object.hasOwn(POLICIES, value) ? POLICIES[value] : undefined;
  if (policy !== undefined) return sandboxFromPolicy(policy, cwd);
  const permissions = await readProfile(value);
  try {
    const { profile } = parseSandbox({ permissions, cwd, windowsSandboxLevel: "disabled" });
    return sandboxFromProfileWithCwd(profile, cwd);
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

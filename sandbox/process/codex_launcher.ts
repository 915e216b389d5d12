import { z } from "zod";
import { invalidParams, type SandboxContext } from "../../protocol/mod.ts";

/** What a client of 0.130 or 0.131 asks its sandbox program for. */
export interface CodexLaunch {
  /** The profile with the directory it is anchored at. */
  readonly sandbox: SandboxContext;
  /** Where the command starts. */
  readonly cwd: string;
  /** The command itself. */
  readonly argv: readonly string[];
  /** Whether only a proxy of the client may be reached, which is nothing from here. */
  readonly proxyOnly: boolean;
}

const PROGRAM = "codex-linux-sandbox";
const VALUES = ["--sandbox-policy-cwd", "--command-cwd", "--permission-profile"] as const;
const SWITCHES = ["--allow-network-for-proxy"] as const;
type ValueOption = (typeof VALUES)[number];

const permissionsSchema = z.record(z.string(), z.unknown());

/**
 * Whether a start means the sandbox program of Codex by argv[0] or arg0.
 *
 * Source: real client, section 6.1.
 */
export function namesCodexLauncher(argv: readonly string[], arg0: string | null | undefined): boolean {
  return [argv[0], arg0].some((name) => name?.slice(name.lastIndexOf("/") + 1) === PROGRAM);
}

/**
 * Reads the arguments of the sandbox program of Codex, for a machine that does not have it.
 *
 * Source: real client, section 6.1. Later options replace earlier ones; `--name=value` is read as well.
 *
 * @param argv with the program's name
 * @throws {RpcError} -32602 naming what is wrong
 */
export function parseCodexLaunch(argv: readonly string[]): CodexLaunch {
  const end = argv.indexOf("--");
  if (end === -1) throw malformed("expected `--` and a command");
  const command = argv.slice(end + 1);
  if (command.length === 0) throw malformed("expected a command behind `--`");
  const values = new Map<ValueOption, string>();
  let proxyOnly = false;
  for (let i = 1; i < end; i++) {
    const [option, inline] = splitOption(argv[i] as string);
    if (SWITCHES.some((name) => name === option) && inline === undefined) proxyOnly = true;
    else if (isValueOption(option)) {
      const value = inline ?? (++i < end ? argv[i] : undefined);
      if (value === undefined) throw malformed(`${option} needs a value`);
      values.set(option, value);
    } else throw malformed(`unknown argument ${JSON.stringify(argv[i])}`);
  }
  const policyCwd = absolute("--sandbox-policy-cwd", values);
  return {
    sandbox: { permissions: permissionsOf(values), cwd: policyCwd, windowsSandboxLevel: "disabled" },
    cwd: values.has("--command-cwd") ? absolute("--command-cwd", values) : policyCwd,
    argv: command,
    proxyOnly,
  };
}

function splitOption(text: string): [name: string, value: string | undefined] {
  const equals = text.startsWith("--") ? text.indexOf("=") : -1;
  return equals === -1 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function isValueOption(name: string): name is ValueOption {
  return VALUES.some((known) => known === name);
}

function absolute(option: ValueOption, values: ReadonlyMap<ValueOption, string>): string {
  const value = values.get(option);
  if (value === undefined) throw malformed(`${option} is missing`);
  if (!value.startsWith("/")) throw malformed(`${option} is not an absolute path: ${JSON.stringify(value)}`);
  return value;
}

function permissionsOf(values: ReadonlyMap<ValueOption, string>): Record<string, unknown> {
  const text = values.get("--permission-profile");
  if (text === undefined) throw malformed("--permission-profile is missing");
  try {
    return permissionsSchema.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : "expected an object";
    throw malformed(`--permission-profile is no JSON object: ${reason}`);
  }
}

function malformed(reason: string): Error {
  return invalidParams(`${PROGRAM} does not exist here and its arguments cannot be applied: ${reason}`);
}

import type { SelectedEnvironment } from "./selected_environments.ts";

/** What is said beside the environments. */
export interface EnvironmentContextOptions {
  /** Default now. */
  readonly date?: Date;
  /** IANA name; default this process's. */
  readonly timeZone?: string;
}

/**
 * The `<environment_context>` block that tells a model where it works, in the form of Codex 0.169 (environments, section
 * 7.5): one environment without a name, several sorted by id, one that cannot be reached with its error.
 *
 * @param environments the primary one first; asked for their shells, so they are connected
 */
export async function environmentContext(
  environments: readonly SelectedEnvironment[],
  options: EnvironmentContextOptions = {},
): Promise<string> {
  const descriptions = await Promise.all(environments.map(describe));
  const timeZone = options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  // the Canadian form is the ISO one
  const date = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(options.date);
  return [
    "<environment_context>",
    ...descriptions.length > 1 ? several(environments, descriptions) : (descriptions[0] ?? []).map(indent),
    `  <current_date>${date}</current_date>`,
    `  <timezone>${escape(timeZone)}</timezone>`,
    "</environment_context>",
  ].join("\n");
}

function several(environments: readonly SelectedEnvironment[], descriptions: readonly string[][]): string[] {
  const elements = environments.map(({ environment: { id } }, i) => ({
    id,
    lines: [
      `<environment id="${escape(id)}" primary="${i === 0}">`,
      ...(descriptions[i] as string[]).map(indent),
      "</environment>",
    ],
  }));
  elements.sort((a, b) => a.id < b.id ? -1 : 1);
  return ["<environments>", ...elements.flatMap(({ lines }) => lines).map(indent), "</environments>"].map(indent);
}

async function describe({ environment, cwd }: SelectedEnvironment): Promise<string[]> {
  try {
    const { shell } = await environment.info();
    return [element("cwd", cwd), element("shell", shell.name)];
  } catch (error) {
    return [element("status", "failed"), element("error", (error as Error).message)];
  }
}

function element(name: string, text: string): string {
  return `<${name}>${escape(text)}</${name}>`;
}

function indent(line: string): string {
  return `  ${line}`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

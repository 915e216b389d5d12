import type { AgentsMdFile } from "./agents_md.ts";

/** What one environment contributes to the instructions. */
export interface ProjectInstructions {
  /** Id of the environment; the first of a list is the primary one. */
  readonly environmentId: string;
  /** Directory the agent works in there. */
  readonly cwd: string;
  /** Files found there, the root's first. */
  readonly files: readonly AgentsMdFile[];
}

/**
 * The instructions as they are shown to a model, or undefined when there are none.
 *
 * Source: environments, section 7.7 points 4 to 6. With the primary environment alone the user's own text and the
 * project's are parted by a line; as soon as another environment contributes, each part names where it holds.
 *
 * @param userText the user's own file, from CODEX_HOME on this machine
 */
export function instructionsText(
  userText: string | undefined,
  projects: readonly ProjectInstructions[],
): string | undefined {
  const user = userText?.trim() ?? "";
  const contributing = projects.filter(({ files }) => files.length > 0);
  const [primary] = projects;
  const alone = contributing.every((project) => project === primary);
  if (user === "" && contributing.length === 0) return undefined;
  const parts = contributing.map(({ environmentId, cwd, files }) => {
    const text = files.map((file) => file.text).join("\n\n");
    return alone ? text : `for \`${environmentId}\` with root ${cwd}\n\n${text}`;
  });
  const separator = alone ? "\n\n--- project-doc ---\n\n" : "\n\n";
  const body = [...user === "" ? [] : [user], ...parts].join(separator);
  const heading = alone && primary !== undefined ? ` for ${primary.cwd}` : "";
  return `# AGENTS.md instructions${heading}\n\n<INSTRUCTIONS>\n${body}\n</INSTRUCTIONS>`;
}

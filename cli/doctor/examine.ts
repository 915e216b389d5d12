import { VERSION } from "../../server/mod.ts";
import { DENO_FLAGS, DESCRIPTOR_WALK, LANDLOCK } from "./file_walls.ts";
import type { Check, Finding } from "./finding.ts";
import { CGROUPS, SECCOMP, USER_NAMESPACES } from "./kernel.ts";
import { BUBBLEWRAP, PROCESS_SANDBOX } from "./process_walls.ts";
import { PROCESSES, TERMINAL } from "./processes.ts";
import { DESCRIPTORS, RUNTIME } from "./runtime.ts";
import { TestArea } from "./test_area.ts";

/** Every check, in the order of the report. */
export const CHECKS: readonly Check[] = [
  RUNTIME,
  DESCRIPTORS,
  PROCESSES,
  TERMINAL,
  DENO_FLAGS,
  DESCRIPTOR_WALK,
  LANDLOCK,
  USER_NAMESPACES,
  SECCOMP,
  BUBBLEWRAP,
  PROCESS_SANDBOX,
  CGROUPS,
];

/** What was found on this machine. */
export interface Diagnosis {
  /** The version of this package. */
  readonly version: string;
  readonly findings: readonly Finding[];
}

/** Tries everything on this machine, one after the other, and removes what it made. */
export async function examine(checks: readonly Check[] = CHECKS): Promise<Diagnosis> {
  const findings: Finding[] = [];
  let area: TestArea | undefined;
  let problem = "";
  try {
    area = await TestArea.create();
  } catch (error) {
    problem = `not tried: ${textOf(error)}`;
  }
  try {
    for (const { name, run, needsNothing = false } of checks) {
      const attempt = () => run(area as TestArea);
      findings.push({
        name,
        ...(area !== undefined || needsNothing ? await resultOf(attempt) : { status: "failed", detail: problem }),
      });
    }
  } finally {
    await area?.[Symbol.asyncDispose]();
  }
  return { version: VERSION, findings };
}

async function resultOf(attempt: () => Promise<Omit<Finding, "name">>): Promise<Omit<Finding, "name">> {
  try {
    return await attempt();
  } catch (error) {
    return { status: "failed", detail: textOf(error) };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

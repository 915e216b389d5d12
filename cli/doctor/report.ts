import type { Diagnosis } from "./examine.ts";
import type { Check, FindingStatus } from "./finding.ts";

/** Something is missing on this host: what needs it is refused, the rest works. */
export const MISSING_STATUS = 3;
/** Something that was tried does not do what it should. */
export const FAILED_STATUS = 4;

const MARKS: Readonly<Record<FindingStatus, string>> = {
  ok: "ok     ",
  missing: "MISSING",
  failed: "FAILED ",
  info: "-      ",
};

/** The exit status for what was found: 0, {@linkcode MISSING_STATUS} or {@linkcode FAILED_STATUS}. */
export function exitStatusOf({ findings }: Diagnosis): number {
  const has = (status: FindingStatus) => findings.some((finding) => finding.status === status);
  return has("failed") ? FAILED_STATUS : has("missing") ? MISSING_STATUS : 0;
}

/** What was found, for people. */
export function reportText({ version, findings }: Diagnosis, checks: readonly Check[]): string {
  const lines = [`exec-server ${version}`, ""];
  for (const { name, status, detail, advice } of findings) {
    const title = checks.find((check) => check.name === name)?.title ?? name;
    lines.push(`${MARKS[status]}  ${title}: ${detail}`);
    if (advice !== undefined && status !== "ok") lines.push(`         -> ${advice}`);
  }
  const count = (status: FindingStatus) => findings.filter((finding) => finding.status === status).length;
  lines.push("", `${count("ok")} ok, ${count("missing")} missing, ${count("failed")} failed`);
  return `${lines.join("\n")}\n`;
}

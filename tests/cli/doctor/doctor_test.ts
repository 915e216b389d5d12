import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { CHECKS, examine } from "../../../cli/doctor/examine.ts";
import { DENO_FLAGS, DESCRIPTOR_WALK, LANDLOCK } from "../../../cli/doctor/file_walls.ts";
import type { Check, Finding, FindingStatus } from "../../../cli/doctor/finding.ts";
import { PROCESSES } from "../../../cli/doctor/processes.ts";
import { exitStatusOf, FAILED_STATUS, MISSING_STATUS, reportText } from "../../../cli/doctor/report.ts";
import { TestArea } from "../../../cli/doctor/test_area.ts";
import { runCli } from "../run_cli.ts";

const linux = { ignore: Deno.build.os !== "linux" };

function leftovers(): string[] {
  return [...Deno.readDirSync(Deno.env.get("TMPDIR") ?? "/tmp")].map(({ name }) => name)
    .filter((name) => name.startsWith("exec-server-doctor-"));
}

function diagnosis(...statuses: FindingStatus[]) {
  const findings: Finding[] = statuses.map((status, i) => ({ name: `n${i}`, status, detail: "d", advice: "do it" }));
  return { version: "1", findings };
}

Deno.test("doctor: tries everything, reports it as JSON, and leaves nothing", linux, async () => {
  const before = leftovers();
  const { code, stdout, stderr } = await runCli("doctor", "--json");
  const { version, findings } = JSON.parse(stdout);
  assertEquals(stderr, "");
  assert(/^\d+\.\d+\.\d+$/.test(version));
  assertEquals(findings.map(({ name }: Finding) => name), CHECKS.map(({ name }) => name));
  assertEquals(findings.filter(({ status }: Finding) => status === "failed"), []);
  // these need nothing but Linux, which the tests need as well
  for (const name of ["runtime", "processes", "terminal", "deno-flags", "descriptor-walk"]) {
    assertEquals(findings.find((finding: Finding) => finding.name === name).status, "ok", name);
  }
  const missing = findings.filter(({ status }: Finding) => status === "missing");
  assertEquals(code, missing.length === 0 ? 0 : MISSING_STATUS);
  for (const { name, advice } of missing) assert(advice !== undefined, `${name}: says nothing to do`);
  assertEquals(leftovers(), before);
});

Deno.test("doctor: the report for people has a line for each check", linux, async () => {
  const { stdout } = await runCli("doctor");
  for (const { title } of CHECKS) assertStringIncludes(stdout, `  ${title}: `);
  assert(/\n\d+ ok, \d+ missing, 0 failed\n$/.test(stdout), stdout);
});

Deno.test("doctor: the exit status is that of the worst finding", () => {
  assertEquals(exitStatusOf(diagnosis("ok", "info")), 0);
  assertEquals(exitStatusOf(diagnosis("ok", "missing", "info")), MISSING_STATUS);
  assertEquals(exitStatusOf(diagnosis("missing", "failed", "ok")), FAILED_STATUS);
  const text = reportText(diagnosis("ok", "missing"), []);
  assertEquals(text.match(/-> do it/g)?.length, 1, "advice only where something is to do");
});

Deno.test("doctor: a check that throws has failed, and the next ones are tried", async () => {
  const broken: Check = { name: "broken", title: "Broken", run: () => Promise.reject(new Error("it broke")) };
  const { findings } = await examine([broken, PROCESSES]);
  assertEquals(findings.map(({ name, status }) => [name, status]), [["broken", "failed"], ["processes", "ok"]]);
  assertEquals(findings[0]?.detail, "it broke");
});

Deno.test("doctor: a wall that lets something through is found", linux, async () => {
  await using area = await TestArea.create();
  // a policy that grants what should be out of reach is what a wall with a hole looks like
  const entries = [area.inside, area.outside].map((path) => ({ path, access: "write" as const }));
  const policy = { entries, denyGlobs: [], fullRead: false, fullWrite: false };
  const open = Object.create(area, { policy: { value: policy }, helpers: { value: area.helpers } });
  for (const check of [DENO_FLAGS, DESCRIPTOR_WALK, LANDLOCK]) {
    assertEquals((await check.run(open)).status, "failed", check.name);
    assertEquals((await check.run(area)).status === "failed", false, check.name);
  }
});

Deno.test("doctor: without permissions it says so instead of asking for them", async () => {
  const root = fromFileUrl(new URL("../../../", import.meta.url));
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", "--allow-env", "--allow-sys", `${root}/mod.ts`, "doctor", "--json"],
    stdin: "null",
  }).output();
  const { findings } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(code, FAILED_STATUS);
  assertStringIncludes(findings[0].detail, "without permission: write, run, net, ffi");
  assertEquals(findings[0].advice, "run it with -A");
});

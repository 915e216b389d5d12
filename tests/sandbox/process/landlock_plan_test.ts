import { assert, assertEquals } from "@std/assert";
import { landlockPlan } from "../../../sandbox/process/landlock_plan.ts";
import { FakeHost } from "../fake_host.ts";
import { resolve } from "../profiles.ts";

const names = (...texts: string[]) =>
  texts.map((text) => ({ name: text.replace("@", ""), isDirectory: true, isLink: text.endsWith("@") }));
const list = (path: string) => path === "/" ? names("usr", "bin@", "dev", "proc", "home") : [];
const host = () => new FakeHost({ "/w": null, "/w/f": "" });

Deno.test("landlockPlan() holds a profile that reads everything", () => {
  for (const entries of [["r :root"], ["r :root", "r /w"], ["r :root", "r :minimal"]]) {
    const plan = landlockPlan(resolve({ host: host() }, ...entries), list);
    assert(typeof plan !== "string", plan.toString());
    assertEquals(plan.filter(({ access }) => access !== "device").map(({ path, access }) => `${access} ${path}`), [
      "list /",
      "run /usr",
      "run /home",
      "read /proc",
    ]);
    assertEquals(plan.filter(({ access }) => access === "device").map(({ path }) => path), [
      "/dev/null",
      "/dev/zero",
      "/dev/full",
      "/dev/random",
      "/dev/urandom",
      "/dev/tty",
    ]);
  }
});

const REFUSED: [entries: string[], reason: string][] = [
  [["r :root", "w /w"], "writable"],
  [["r :root", "w /w/f"], "writable"],
  [["r /w"], "hide"],
  [["r :minimal"], "hide"],
  [["r :root", "d /w"], "hide"],
  [["r :root", "d glob:/w/*"], "hide"],
  [[], "hide"],
];
for (const [entries, reason] of REFUSED) {
  Deno.test(`landlockPlan() refuses ${entries.join(", ") || "nothing"}`, () => {
    const plan = landlockPlan(resolve({ host: host() }, ...entries), list);
    assert(typeof plan === "string" && plan.includes(reason), plan.toString());
  });
}

import { assert, assertEquals, assertThrows } from "@std/assert";
import { seatbeltArguments, seatbeltPolicy } from "../../../sandbox/process/seatbelt_policy.ts";
import { UNRESTRICTED_POLICY } from "../../../sandbox/resolve.ts";
import { FakeHost } from "../fake_host.ts";
import { resolve } from "../profiles.ts";

const host = () => new FakeHost({ "/w/a/b": null, "/v/x": null, "/o": null });
const OPTIONS = { network: "restricted", platformDefaults: false } as const;
const META = [".agents", ".aws", ".codex", ".git"];
const protect = (root: string) => META.map((name) => `(require-not (regex #"^${root}/\\${name}(/.*)?$"))`).join(" ");
const closed = (name: string) => `(require-not (literal (param "${name}"))) (require-not (subpath (param "${name}")))`;

const TABLE: [name: string, entries: string[], lines: string[], parameters: Record<string, string>][] = [
  ["nothing", [], [], {}],
  ["everything to read", ["r :root"], ["(allow file-read*)"], {}],
  ["a path to read", ["r /w"], ['(allow file-read* (subpath (param "READABLE_ROOT_0")))'], { READABLE_ROOT_0: "/w" }],
  ["denied below read", ["r :root", "d /w/a"], [
    `(allow file-read* (require-all (subpath (param "READABLE_ROOT_0")) ${closed("READABLE_ROOT_0_EXCLUDED_0")}))`,
  ], { READABLE_ROOT_0: "/", READABLE_ROOT_0_EXCLUDED_0: "/w/a" }],
  ["denied and reopened", ["r /w", "d /w/a", "r /w/a/b"], [
    `(allow file-read* (require-all (subpath (param "READABLE_ROOT_0")) ${
      closed("READABLE_ROOT_0_EXCLUDED_0")
    }) (subpath (param "READABLE_ROOT_1")))`,
  ], { READABLE_ROOT_0: "/w", READABLE_ROOT_0_EXCLUDED_0: "/w/a", READABLE_ROOT_1: "/w/a/b" }],
  ["a writable directory", ["r :root", "w /w"], [
    "(allow file-read*)",
    `(allow file-write* (require-all (subpath (param "WRITABLE_ROOT_0")) ${protect("/w")}))`,
  ], { WRITABLE_ROOT_0: "/w" }],
  ["read-only and denied inside", ["r :root", "w /v", "r /v/x", "d /v/y"], [
    `(allow file-read* (require-all (subpath (param "READABLE_ROOT_0")) ${closed("READABLE_ROOT_0_EXCLUDED_0")}))`,
    `(allow file-write* (require-all (subpath (param "WRITABLE_ROOT_0")) ${protect("/v")} ${
      closed("WRITABLE_ROOT_0_EXCLUDED_4")
    } ${closed("WRITABLE_ROOT_0_EXCLUDED_5")}))`,
  ], {
    READABLE_ROOT_0: "/",
    READABLE_ROOT_0_EXCLUDED_0: "/v/y",
    WRITABLE_ROOT_0: "/v",
    WRITABLE_ROOT_0_EXCLUDED_4: "/v/x",
    WRITABLE_ROOT_0_EXCLUDED_5: "/v/y",
  }],
];

for (const [name, entries, lines, parameters] of TABLE) {
  Deno.test(`seatbeltPolicy() ${name}`, () => {
    const policy = seatbeltPolicy(resolve({ host: host() }, ...entries), OPTIONS);
    const base = seatbeltPolicy(resolve({ host: host() }), OPTIONS).text;
    assert(policy.text.startsWith(base));
    assertEquals(policy.text.slice(base.length + 1).split("\n").filter((line) => line !== ""), lines);
    assertEquals(Object.fromEntries(policy.parameters), parameters);
  });
}

const GLOBS: [pattern: string, regex: string][] = [
  ["/w/*.env", "^/w/[^/]*\\.env(/.*)?$"],
  ["/w/**/*.env", "^/w/(.*/)?[^/]*\\.env(/.*)?$"],
  ["/w/**", "^/w/.*(/.*)?$"],
  ["/w/?[!a-c][^d]x", "^/w/[^/][^a-c][^d]x(/.*)?$"],
  ["/w/[]x]/a[b", "^/w/[]x]/a\\[b(/.*)?$"],
  ["/w/plain", "^/w/plain(/.*)?$"],
  ["/w/a\\*b+c", "^/w/a\\*b\\+c(/.*)?$"],
];
for (const [pattern, regex] of GLOBS) {
  Deno.test(`seatbeltPolicy() denies what ${pattern} matches`, () => {
    const { text } = seatbeltPolicy(resolve({ host: host() }, "r :root", `d glob:${pattern}`), OPTIONS);
    const rules = text.split("\n").filter((line) => line.startsWith("(deny file"));
    assertEquals(rules, [`(deny file-read* (regex #"${regex}"))`, `(deny file-write-unlink (regex #"${regex}"))`]);
  });
}

Deno.test("seatbeltPolicy() opens the network only when it is enabled", () => {
  const text = (network: "restricted" | "enabled") => seatbeltPolicy(UNRESTRICTED_POLICY, { ...OPTIONS, network }).text;
  assertEquals(text("restricted").includes("network"), false);
  assert(text("enabled").endsWith("(allow network*)\n(allow system-socket)"));
  assert(text("restricted").includes('(allow file-write* (regex #"^/"))'));
});

Deno.test("seatbeltPolicy() grants platform defaults to whoever asks and cannot read everything", () => {
  const text = (...entries: string[]) =>
    seatbeltPolicy(resolve({ host: host() }, ...entries), { ...OPTIONS, platformDefaults: true }).text;
  assert(text("r /w").includes('(subpath "/usr")'));
  assertEquals(text("r :root").includes('(subpath "/usr")'), false);
});

Deno.test("seatbeltArguments() passes paths beside the text, whatever is in them", () => {
  const policy = seatbeltPolicy(
    resolve({ host: new FakeHost({ '/a") (allow default': null }) }, 'r /a") (allow default'),
    OPTIONS,
  );
  assertEquals(policy.text.includes("allow default"), false);
  assertEquals(seatbeltArguments(policy, ["cmd", "-x"]), [
    "-p",
    policy.text,
    '-DREADABLE_ROOT_0=/a") (allow default',
    "--",
    "cmd",
    "-x",
  ]);
});

Deno.test("seatbeltPolicy() refuses a quote where it would end a regular expression", () => {
  const quoted = () => new FakeHost({ '/a"b': null });
  assertThrows(() => seatbeltPolicy(resolve({ host: quoted() }, 'w /a"b'), OPTIONS), RangeError, "a quote");
  assertThrows(() => seatbeltPolicy(resolve({ host: host() }, "r :root", 'd glob:/w/*"'), OPTIONS), RangeError);
});

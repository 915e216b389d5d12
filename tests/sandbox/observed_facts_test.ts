import { assert, assertEquals } from "@std/assert";
import { ObservedFacts } from "../../sandbox/observed_facts.ts";
import { FakeHost } from "./fake_host.ts";
import { resolve } from "./profiles.ts";

const TREE = {
  "/real/w": null,
  "/link": { link: "real" },
  "/real/w/.git": "gitdir: ./g",
  "/real/w/g": null,
  "/other/w": null,
};

/** What has an influence on a resolved policy, and what has none. */
const CHANGES: [name: string, change: (host: FakeHost) => void, holds: boolean][] = [
  ["nothing", () => {}, true],
  ["a file in a root appears", (host) => host.put("/real/w/f", ""), true],
  ["the root is made again", (host) => host.put("/real/w", null), false],
  ["the root becomes a file", (host) => host.put("/real/w", ""), false],
  ["the root goes", (host) => host.nodes.delete("/real/w"), false],
  ["a directory above it is made again", (host) => host.put("/real", null), false],
  ["the link leads elsewhere, as the same object", (host) => {
    const link = host.nodes.get("/link");
    if (link !== undefined) link.node = { link: "other" };
  }, false],
  ["a missing root appears", (host) => host.put("/later", null), false],
  ["a protected name appears", (host) => host.put("/real/w/.codex", null), false],
  ["the pointer is rewritten in place", (host) => {
    const pointer = host.nodes.get("/real/w/.git");
    if (pointer !== undefined) pointer.node = "gitdir: ./h";
  }, false],
];

for (const [name, change, holds] of CHANGES) {
  Deno.test(`ObservedFacts.hold() when ${name}`, () => {
    const host = new FakeHost(TREE);
    const facts = new ObservedFacts(host);
    const before = resolve({ host: facts }, "w /link/w", "r /later");
    assert(facts.hold());
    change(host);
    assertEquals(facts.hold(), holds);
    if (holds) assertEquals(resolve({ host }, "w /link/w", "r /later"), before);
  });
}

Deno.test("ObservedFacts asks once and says the same during one resolution", () => {
  const host = new FakeHost({ "/a": null });
  host.tmpdir = "/t";
  const facts = new ObservedFacts(host);
  const first = facts.lstat("/a");
  host.put("/a", "");
  assertEquals(facts.lstat("/a"), first);
  assertEquals(facts.lstat("/no"), undefined);
  host.put("/no", "");
  assertEquals(facts.lstat("/no"), undefined);
  assertEquals([host.asked, facts.tmpdir, facts.home], [2, "/t", "/home/u"]);
});

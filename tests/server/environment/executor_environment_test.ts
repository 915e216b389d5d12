import { assert, assertEquals, assertMatch } from "@std/assert";
import { environmentInfoSchema } from "../../../protocol/schemas/session.ts";
import { describeEnvironment } from "../../../server/environment/executor_environment.ts";
import { findShell } from "../../../server/environment/shell.ts";

Deno.test("describeEnvironment: fits the wire's schema and says nothing that is not so", async () => {
  const { info } = await describeEnvironment({ HOME: "/h", TMPDIR: "/var/tmp" }, { fsWatchMissing: true });
  assertEquals(environmentInfoSchema.parse(info), info);
  assertEquals([info.userHomeDir, info.tempDir, info.temporaryDirectories], ["file:///h", "file:///var/tmp", [
    "file:///var/tmp",
  ]]);
  assertEquals(info.capabilities, { fsWatchMissing: true });
  assertMatch(info.providerId ?? "", /^sha256:[0-9a-f]{64}$/);
});

Deno.test("describeEnvironment: the provider id does not depend on the environment", async () => {
  const one = await describeEnvironment({ HOME: "/a", CODEX_HOME: "/x" }, {});
  const two = await describeEnvironment({}, {});
  assertEquals(one.info.providerId, two.info.providerId);
  assertEquals([one.codexHome, two.codexHome.endsWith("/.codex")], ["/x", true]);
  assertEquals([two.info.tempDir, two.info.temporaryDirectories], ["file:///tmp", []]);
});

Deno.test("findShell: takes the login shell, or a known one when that cannot be used", () => {
  assertEquals(findShell({ home: "/", shell: "/bin/sh" }), { name: "sh", path: "/bin/sh" });
  for (const shell of ["/usr/sbin/nologin", "/nope/bash", "/etc/passwd"]) {
    const found = findShell({ home: "/", shell });
    assert(["bash", "sh"].includes(found.name), found.name);
  }
});

import { assertEquals } from "@std/assert";
import type { Environment } from "../../../client/mod.ts";
import { environmentContext, type SelectedEnvironment } from "../../../client/tools/mod.ts";
import { KINDS } from "./environments.ts";

const OPTIONS = { date: new Date("2026-11-28T23:30:00Z"), timeZone: "Etc/UTC" };

/** An environment that only tells its shell, or why it cannot. */
function selected(id: string, cwd: string, shell: string | Error): SelectedEnvironment {
  const info = () =>
    typeof shell === "string"
      ? Promise.resolve({ shell: { name: shell, path: `/bin/${shell}` } })
      : Promise.reject(shell);
  return { environment: { id, info } as Environment, cwd };
}

Deno.test("environmentContext: one environment is not named", async () => {
  assertEquals(
    await environmentContext([selected("local", "/ws", "bash")], OPTIONS),
    `<environment_context>
  <cwd>/ws</cwd>
  <shell>bash</shell>
  <current_date>2026-11-28</current_date>
  <timezone>Etc/UTC</timezone>
</environment_context>`,
  );
});

Deno.test("environmentContext: no environment, no directory and no shell", async () => {
  assertEquals(
    await environmentContext([], { ...OPTIONS, timeZone: "Asia/Tokyo" }),
    `<environment_context>
  <current_date>2026-11-29</current_date>
  <timezone>Asia/Tokyo</timezone>
</environment_context>`,
  );
});

Deno.test("environmentContext: several are sorted by id, the first is primary, a lost one says why", async () => {
  const environments = [
    selected("remote", "/srv/<a> & b", "zsh"),
    selected("local", "/ws", "bash"),
    selected("gone", "/x", new Error("exec-server transport closed")),
  ];
  assertEquals(
    await environmentContext(environments, OPTIONS),
    `<environment_context>
  <environments>
    <environment id="gone" primary="false">
      <status>failed</status>
      <error>exec-server transport closed</error>
    </environment>
    <environment id="local" primary="false">
      <cwd>/ws</cwd>
      <shell>bash</shell>
    </environment>
    <environment id="remote" primary="true">
      <cwd>/srv/&lt;a&gt; &amp; b</cwd>
      <shell>zsh</shell>
    </environment>
  </environments>
  <current_date>2026-11-28</current_date>
  <timezone>Etc/UTC</timezone>
</environment_context>`,
  );
});

Deno.test("environmentContext: asks real environments", async () => {
  for (const kind of KINDS) {
    await using environment = await kind.open();
    const text = await environmentContext([{ environment, cwd: "/ws" }], OPTIONS);
    const { shell } = await environment.info();
    assertEquals(text.split("\n")[2], `  <shell>${shell.name}</shell>`);
  }
});

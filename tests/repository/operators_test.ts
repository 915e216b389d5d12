import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import manifest from "../../deno.json" with { type: "json" };
import { COUNTERS, GAUGES } from "../../server/telemetry/signals.ts";
import { ServerProcess } from "../support/server_process.ts";
import { tempDir } from "../support/temp_dir.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url)).replace(/\/$/, "");
/** What only a host with systemd or containers can run: stands in `console` blocks, and `deno task deployment` runs it. */
const HOST_PROGRAMS = ["cp", "podman"];

function page(path: string): Promise<string> {
  return Deno.readTextFile(`${ROOT}/${path}`);
}

/** The lines of all fenced blocks of one language. */
function commandsIn(markdown: string, language: string): string[] {
  const blocks = markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"));
  return Array.from(blocks, ([, block]) => (block as string).trim().split("\n")).flat();
}

Deno.test("docs/operators.md: every command does what it says", async (t) => {
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/bin`);
  const program = `#!/bin/sh\nexec ${Deno.execPath()} run -A --quiet ${ROOT}/mod.ts "$@"\n`;
  await Deno.writeTextFile(`${dir.path}/bin/exec-server`, program, { mode: 0o755 });
  const env = { PATH: `${dir.path}/bin:${Deno.env.get("PATH")}` };
  const commands = commandsIn(await page("docs/operators.md"), "sh");
  assert(commands.length >= 9, `${commands.length} commands`);
  for (const command of commands) {
    await t.step(command.slice(0, 70), async () => {
      const script = `cd ${dir.path} && ${command.replace(/(?<=^| )exec-server(?= |$)/, "exec exec-server")}`;
      const serves = /(^| )exec-server( -|$)/.test(command) && !command.includes("doctor");
      if (serves) {
        await using server = await ServerProcess.start({ program: "sh", args: ["-c", script], env });
        assert(/^wss?:\/\/127\.0\.0\.1:\d+$/.test(server.url), server.url);
        server.kill("SIGTERM");
        assertEquals((await server.status).code, 0);
      } else {
        const { code, stderr } = await new Deno.Command("sh", { args: ["-c", script], env }).output();
        const right = command.includes("doctor") ? [0, 3].includes(code) : code === 0;
        assert(right, `${code}: ${new TextDecoder().decode(stderr)}`);
      }
    });
  }
});

Deno.test("docs/operators.md: what needs another host is named as such", async () => {
  for (const command of commandsIn(await page("docs/operators.md"), "console")) {
    const [prompt, name = ""] = command.split(" ");
    assert(["$", "#"].includes(prompt ?? "") && HOST_PROGRAMS.includes(name), command);
  }
});

Deno.test("docs/operators.md: has every metric", async () => {
  const text = await page("docs/operators.md");
  const documented = [...text.matchAll(/^\| `(exec_server\.[a-z_.]+)`/gm)].map(([, name]) => name as string);
  const names = [...GAUGES.map(({ name }) => name), ...Object.values(COUNTERS).map(({ name }) => name)];
  assertEquals(documented.toSorted(), names.toSorted());
});

Deno.test("docs: every task and every file that is named exists", async () => {
  for (const path of ["README.md", "docs/operators.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md"]) {
    const text = await page(path);
    for (const [, task] of text.matchAll(/deno(?:@[\d.]+)? task ([a-z:]+)/g)) {
      assert((task as string) in manifest.tasks, `${path}: deno task ${task}`);
    }
    for (const [, file] of text.matchAll(/`((?:contrib|docs|protocol|tests)\/[\w./-]*\w\.\w+)`/g)) {
      assert(await Deno.stat(`${ROOT}/${file}`).then(() => true, () => false), `${path}: ${file}`);
    }
  }
});

Deno.test("contrib: unit and image start the server with flags that exist", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${ROOT}/mod.ts`, "--help"],
    env: { NO_COLOR: "1" },
  }).output();
  const help = new TextDecoder().decode(stdout);
  for (const path of ["contrib/exec-server.service", "contrib/Containerfile"]) {
    const own = (await page(path)).split("exec-server.js").slice(1).join(" ");
    const flags = [...own.matchAll(/(?<![\w-])--(?:listen|ws|tls|log|max)[a-z0-9-]*/g)].map(([flag]) => flag);
    assert(flags.length >= 3, path);
    for (const flag of flags) assert(help.includes(flag), `${path}: ${flag}`);
  }
});

import { RpcError } from "../../protocol/mod.ts";
import { probeBwrap } from "../../server/mod.ts";
import type { Check, Finding } from "./finding.ts";
import type { TestArea } from "./test_area.ts";

/** The program that confines processes, tried as the server tries it. */
export const BUBBLEWRAP: Check = {
  name: "bubblewrap",
  title: "Bubblewrap",
  async run() {
    const probe = await probeBwrap({ searchPath: Deno.env.get("PATH") ?? "" });
    if (probe.works) return { status: "ok", detail: `${probe.version} built a sandbox` };
    // the reason ends with what to do about it
    const at = probe.reason.lastIndexOf(": ");
    return { status: "missing", detail: probe.reason.slice(0, at), advice: probe.reason.slice(at + 2) };
  },
};

/** A process under a permission profile, by whatever the server confines it with here. */
export const PROCESS_SANDBOX: Check = {
  name: "process-sandbox",
  title: "Process sandbox",
  async run(area) {
    const run = (script: string) => area.run({ argv: ["/bin/sh", "-c", script], sandbox: profileOf(area) });
    let inside;
    try {
      inside = await run("echo x > made && cat note");
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      const detail = `sandboxed processes are refused: ${error.message}`;
      // with everything at hand, there is nothing to refuse
      const { status } = await BUBBLEWRAP.run(area);
      return status === "ok" ? failed(detail) : { status: "missing", detail, advice: "see Bubblewrap" };
    }
    if (inside.exitCode !== 0 || inside.output !== "inside") {
      return failed(`a process could not work inside: it ended with ${inside.exitCode}: ${inside.output}`);
    }
    const attacks: readonly [string, string][] = [
      ["write outside", `echo x > ${area.outside}/written`],
      ["write through a link", "echo x > link/written"],
      ["remove a file outside", `rm ${area.outside}/secret`],
    ];
    for (const [what, script] of attacks) {
      if ((await run(`${script} 2>/dev/null`)).exitCode === 0) return failed(`a process could ${what}`);
    }
    const network = await run("grep -c : /proc/net/dev");
    const filter = /^Seccomp:\s*2/m.test((await run("cat /proc/self/status")).output)
      ? "a seccomp filter"
      : "no filter";
    return {
      status: "ok",
      detail: `it works inside and not outside, sees ${network.output} network devices, ${filter}`,
    };
  },
};

function failed(detail: string): Omit<Finding, "name"> {
  return { status: "failed", detail };
}

/** Reads everything, writes inside, no network. */
function profileOf(area: TestArea) {
  return {
    permissions: {
      type: "managed",
      file_system: {
        type: "restricted",
        entries: [
          { path: { type: "special", value: { kind: "root" } }, access: "read" },
          { path: { type: "path", path: area.inside }, access: "write" },
        ],
      },
      network: "restricted",
    },
    cwd: area.inside,
    windowsSandboxLevel: "disabled",
    useLegacyLandlock: false,
  } as const;
}

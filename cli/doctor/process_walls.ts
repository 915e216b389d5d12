import { RpcError } from "../../protocol/mod.ts";
import type { Check, Finding } from "./finding.ts";
import type { TestArea } from "./test_area.ts";

const INSTALL = "install bubblewrap (apt install bubblewrap, dnf install bubblewrap)";

/** The program that confines processes. */
export const BUBBLEWRAP: Check = {
  name: "bubblewrap",
  title: "Bubblewrap",
  async run(area) {
    let version;
    try {
      version = await area.run({ argv: ["bwrap", "--version"] });
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return { status: "missing", detail: "there is no bwrap in PATH", advice: INSTALL };
    }
    const argv = ["bwrap", "--ro-bind", "/", "/", "--proc", "/proc", "--unshare-all", "--die-with-parent", "true"];
    const tried = await area.run({ argv });
    if (tried.exitCode !== 0) {
      return {
        status: "missing",
        detail: `${version.output} cannot make its namespaces: ${tried.output}`,
        advice: "user namespaces (see there), or a container that allows mount and unshare",
      };
    }
    return { status: "ok", detail: `${version.output} made its namespaces` };
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
      return { status: "missing", detail: `sandboxed processes are refused: ${error.message}`, advice: INSTALL };
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
  } as const;
}

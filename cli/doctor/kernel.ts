import type { Check } from "./finding.ts";

/** Namespaces for users without privileges: bubblewrap needs them unless it is installed setuid. */
export const USER_NAMESPACES: Check = {
  name: "user-namespaces",
  title: "User namespaces",
  async run(area) {
    const settings = await sysctls([
      ["user.max_user_namespaces", "/proc/sys/user/max_user_namespaces"],
      ["kernel.unprivileged_userns_clone", "/proc/sys/kernel/unprivileged_userns_clone"],
      ["kernel.apparmor_restrict_unprivileged_userns", "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"],
    ]);
    let tried;
    try {
      tried = await area.run({ argv: ["unshare", "--user", "--map-root-user", "true"] });
    } catch {
      return { status: "info", detail: `not tried, there is no unshare program; ${settings}` };
    }
    if (tried.exitCode === 0) return { status: "ok", detail: "one was made" };
    return {
      status: "missing",
      detail: `${tried.output}; ${settings}`,
      advice: "allow them by these settings, or outside of a container let its seccomp profile allow unshare and mount",
    };
  },
};

/** System call filters. */
export const SECCOMP: Check = {
  name: "seccomp",
  title: "Seccomp filters",
  async run() {
    const actions = await readOrEmpty("/proc/sys/kernel/seccomp/actions_avail");
    if (!actions.split(" ").includes("errno")) {
      return {
        status: "missing",
        detail: "the kernel offers no filters: sandboxed processes are refused",
        advice: "a kernel with CONFIG_SECCOMP_FILTER",
      };
    }
    const mode = /^Seccomp:\s*(\d)/m.exec(await readOrEmpty("/proc/self/status"))?.[1];
    return { status: "ok", detail: `filters are available${mode === "2" ? ", and this process runs under one" : ""}` };
  },
};

/** Control groups: the server sets none, whoever runs it may. */
export const CGROUPS: Check = {
  name: "cgroups",
  title: "Control groups",
  async run() {
    const path = /^0::(.*)$/m.exec(await readOrEmpty("/proc/self/cgroup"))?.[1];
    const controllers = await readOrEmpty("/sys/fs/cgroup/cgroup.controllers");
    if (path === undefined || controllers === "") {
      return { status: "info", detail: "no cgroup v2: memory and number of processes are bounded by nobody here" };
    }
    const limits: string[] = [];
    for (const name of ["pids.max", "memory.max"]) {
      const value = await readOrEmpty(`/sys/fs/cgroup${path}/${name}`);
      if (value !== "") limits.push(`${name} ${value}`);
    }
    const detail = `v2 with ${controllers}; ${limits.join(", ") || "no limits of its own"}`;
    return { status: "info", detail };
  },
};

async function sysctls(names: readonly (readonly [string, string])[]): Promise<string> {
  const found: string[] = [];
  for (const [name, path] of names) {
    const value = await readOrEmpty(path);
    if (value !== "") found.push(`${name}=${value}`);
  }
  return found.join(", ");
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch {
    return "";
  }
}

import type { Check } from "./finding.ts";

const MIN_DENO_MINOR = 9;
const MIN_DESCRIPTORS = 4_096;

/** The Deno that runs this, and what it may do. */
export const RUNTIME: Check = {
  name: "runtime",
  title: "Deno and its permissions",
  needsNothing: true,
  async run() {
    const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
    const detail = `Deno ${Deno.version.deno} on ${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`;
    if (major < 2 || (major === 2 && minor < MIN_DENO_MINOR)) {
      return { status: "failed", detail, advice: `install Deno 2.${MIN_DENO_MINOR} or newer` };
    }
    const names = ["read", "write", "run", "net", "env", "sys", "ffi"] as const;
    const denied: string[] = [];
    for (const name of names) {
      if ((await Deno.permissions.query({ name })).state !== "granted") denied.push(name);
    }
    if (denied.length > 0) {
      return {
        status: "failed",
        detail: `${detail}, without permission: ${denied.join(", ")}`,
        advice: "run it with -A",
      };
    }
    return { status: "ok", detail };
  },
};

/** How many files and sockets the server may have open. */
export const DESCRIPTORS: Check = {
  name: "descriptors",
  title: "Limit of open files",
  needsNothing: true,
  async run() {
    let limits: string;
    try {
      limits = await Deno.readTextFile("/proc/self/limits");
    } catch {
      return { status: "info", detail: "unknown: this system has no /proc/self/limits" };
    }
    const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? "";
    const count = soft === "unlimited" ? Infinity : Number(soft);
    const detail = `${soft} open files`;
    if (count >= MIN_DESCRIPTORS) return { status: "ok", detail };
    return {
      status: "missing",
      detail: `${detail}: fewer than the default limits of the server may need`,
      advice: `ulimit -n ${MIN_DESCRIPTORS}, LimitNOFILE= of systemd, or a lower --max-connections`,
    };
  },
};

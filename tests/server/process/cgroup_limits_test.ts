import { assertEquals } from "@std/assert";
import { ownCgroup } from "../../../server/process/cgroup_limits.ts";

const V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate";
const CASES: [name: string, cgroups: string, mounts: string, expected: string | undefined][] = [
  ["in the root of a namespace", "0::/\n", V2, "/sys/fs/cgroup"],
  ["in a service", "0::/system.slice/x.service\n", V2, "/sys/fs/cgroup/system.slice/x.service"],
  ["beside version 1", "9:pids:/\n0::/a\n", `1 2 0:3 / /sys/x rw - cgroup x rw,pids\n${V2}`, "/sys/fs/cgroup/a"],
  ["below what is mounted", "0::/docker/1/a\n", V2.replace(" / /sys", " /docker/1 /sys"), "/sys/fs/cgroup/a"],
  ["at what is mounted", "0::/docker/1\n", V2.replace(" / /sys", " /docker/1 /sys"), "/sys/fs/cgroup"],
  ["without version 2", "9:pids:/\n", V2, undefined],
  ["not mounted", "0::/\n", "1 2 0:3 / /sys/x rw - cgroup x rw,pids", undefined],
];
for (const [name, cgroups, mounts, expected] of CASES) {
  Deno.test(`ownCgroup() ${name}`, () => assertEquals(ownCgroup({ cgroups, mounts }), expected));
}

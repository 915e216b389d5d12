import { assert, assertEquals } from "@std/assert";
import { type Architecture, seccompProgram } from "../../../sandbox/process/seccomp.ts";
import { runFilter } from "./bpf.ts";

const AUDIT_ARCH = { x86_64: 0xc000003e, aarch64: 0xc00000b7 } as const;
const EPERM = "errno 1";
/** From the kernel's tables: [x86-64, arm64]. */
const REFUSED_ALWAYS = {
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  userfaultfd: [323, 282],
};
const REFUSED_OFFLINE = {
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  connect: [42, 203],
  accept: [43, 202],
  accept4: [288, 242],
  bind: [49, 200],
  listen: [50, 201],
  getpeername: [52, 205],
  getsockname: [51, 204],
  shutdown: [48, 210],
  sendto: [44, 206],
  sendmmsg: [307, 269],
  recvmmsg: [299, 243],
  getsockopt: [55, 209],
  setsockopt: [54, 208],
};
const ALLOWED = {
  read: [0, 63],
  execve: [59, 221],
  recvfrom: [45, 207],
  sendmsg: [46, 211],
  recvmsg: [47, 212],
  unshare: [272, 97],
  mount: [165, 40],
  setns: [308, 268],
  bpf: [321, 280],
  keyctl: [250, 219],
  pidfd_open: [434, 434],
  fchmod: [91, 52],
};
const SOCKET = { x86_64: 41, aarch64: 198 }, SOCKETPAIR = { x86_64: 53, aarch64: 199 };

for (const architecture of ["x86_64", "aarch64"] as const satisfies Architecture[]) {
  const index = architecture === "x86_64" ? 0 : 1;
  const arch = AUDIT_ARCH[architecture];
  for (const network of ["restricted", "enabled"] as const) {
    const program = seccompProgram(network, architecture);
    const verdict = (number: number, ...args: (number | bigint)[]) =>
      runFilter(program, { architecture: arch, number, args });

    Deno.test(`seccompProgram() for ${architecture}, network ${network}: calls`, () => {
      for (const [name, numbers] of Object.entries(REFUSED_ALWAYS)) {
        assertEquals(verdict(numbers[index] as number), EPERM, name);
      }
      for (const [name, numbers] of Object.entries(REFUSED_OFFLINE)) {
        assertEquals(verdict(numbers[index] as number), network === "restricted" ? EPERM : "allow", name);
      }
      for (const [name, numbers] of Object.entries(ALLOWED)) {
        assertEquals(verdict(numbers[index] as number), "allow", name);
      }
    });

    Deno.test(`seccompProgram() for ${architecture}, network ${network}: families of sockets`, () => {
      const allowed = network === "restricted" ? [1] : [1, 2, 10, 16];
      for (let family = 0; family < 50; family++) {
        const expected = allowed.includes(family) ? "allow" : EPERM;
        assertEquals(verdict(SOCKET[architecture], family, 1), expected, `socket ${family}`);
        // the kernel reads an int as well
        assertEquals(verdict(SOCKET[architecture], BigInt(family) | (1n << 32n)), expected);
        assertEquals(
          verdict(SOCKETPAIR[architecture], family),
          network === "restricted" ? expected : "allow",
          `socketpair ${family}`,
        );
      }
    });

    Deno.test(`seccompProgram() for ${architecture}, network ${network}: other architectures`, () => {
      for (const architecture of [0x40000003, 0xc00000b7, 0xc000003e, 0x40000028].filter((other) => other !== arch)) {
        assertEquals(runFilter(program, { architecture, number: 0 }), "kill");
      }
      const x32 = (number: number) => runFilter(program, { architecture: arch, number: number | 0x40000000 });
      if (architecture === "x86_64") { for (const number of [0, 41, 59]) assertEquals(x32(number), EPERM); }
    });
  }

  Deno.test(`seccompProgram() for ${architecture}: without namespaces much more is refused`, () => {
    const verdict = (network: "restricted" | "enabled", number: number, ...args: number[]) =>
      runFilter(seccompProgram(network, architecture, { alone: true }), { architecture: arch, number, args });
    const numbers = {
      fchmod: [91, 52],
      fchmodat2: [452, 452],
      fchownat: [260, 54],
      utimensat: [280, 88],
      setxattr: [188, 5],
      file_setattr: [469, 469],
      shmget: [29, 194],
      mq_open: [240, 180],
      keyctl: [250, 219],
    };
    const prlimit = [302, 261][index] as number, setpriority = [141, 140][index] as number;
    const ioctl = [16, 29][index] as number;
    for (const network of ["restricted", "enabled"] as const) {
      for (const [name, pair] of Object.entries(numbers)) {
        assertEquals(verdict(network, pair[index] as number), EPERM, name);
      }
      assertEquals([verdict(network, prlimit, 0), verdict(network, prlimit, 1)], ["allow", EPERM]);
      assertEquals([verdict(network, setpriority, 0, 0), verdict(network, setpriority, 0, 7)], ["allow", EPERM]);
      assertEquals([verdict(network, ioctl, 0, 0x5401), verdict(network, ioctl, 0, 0x5412)], ["allow", EPERM]);
      assertEquals(verdict(network, [0, 63][index] as number), "allow");
    }
  });

  Deno.test(`seccompProgram() for ${architecture}: is of whole instructions`, () => {
    const { length } = seccompProgram("restricted", architecture, { alone: true });
    assert(length % 8 === 0 && length / 8 < 4096, String(length));
  });
}

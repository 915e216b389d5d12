import type { NetworkAccess } from "../profile.ts";

/** Processors whose system calls are known here. */
export type Architecture = "x86_64" | "aarch64";

/** Numbers of system calls by name: x86-64 first, then the generic table of arm64; -1 where there is none. */
const NUMBERS = {
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  userfaultfd: [323, 282],
  socket: [41, 198],
  socketpair: [53, 199],
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
} as const;

type Name = keyof typeof NUMBERS;

const ALWAYS: readonly Name[] = ["io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd"];
const RESTRICTED: readonly Name[] = [
  "ptrace",
  "process_vm_readv",
  "process_vm_writev",
  "connect",
  "accept",
  "accept4",
  "bind",
  "listen",
  "getpeername",
  "getsockname",
  "shutdown",
  "sendto",
  "sendmmsg",
  "recvmmsg",
  "getsockopt",
  "setsockopt",
];
const AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16;

/** `AUDIT_ARCH_*` of linux/audit.h. */
const AUDIT_ARCH = { x86_64: 0xc000003e, aarch64: 0xc00000b7 } as const;
/** System calls of the x32 ABI have this bit; they would pass a list of ordinary numbers. */
const X32_BIT = 0x40000000;

const LOAD = 0x20, JUMP_EQUAL = 0x15, JUMP_AT_LEAST = 0x35, RETURN = 0x06;
const NUMBER_AT = 0, ARCHITECTURE_AT = 4, FIRST_ARGUMENT_AT = 16;
const KILL_PROCESS = 0x80000000, REFUSE = 0x00050001, ALLOW = 0x7fff0000;

type Target = "refuse" | "allow" | "kill" | "next" | "families";
/** One instruction whose jumps are still names. */
interface Line {
  readonly label?: Target;
  readonly code: number;
  readonly value: number;
  readonly yes?: Target;
  readonly no?: Target;
}

/**
 * The seccomp program of sandboxed processes, as classic BPF: refused calls fail with EPERM, and calls of another
 * architecture kill the process.
 *
 * Source: exec-server permissions, section 4.3.
 *
 * @returns instructions of 8 bytes each, as `struct sock_filter`
 */
export function seccompProgram(
  network: NetworkAccess,
  architecture: Architecture,
  _options: { readonly alone?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const number = (name: Name) => NUMBERS[name][architecture === "x86_64" ? 0 : 1];
  const refused = network === "restricted" ? [...ALWAYS, ...RESTRICTED] : ALWAYS;
  const families = network === "restricted" ? [AF_UNIX] : [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK];
  const is = (value: number, yes: Target, no: Target = "next"): Line => ({ code: JUMP_EQUAL, value, yes, no });
  return assemble([
    { code: LOAD, value: ARCHITECTURE_AT },
    is(AUDIT_ARCH[architecture], "next", "kill"),
    { code: LOAD, value: NUMBER_AT },
    ...architecture === "x86_64"
      ? [{ code: JUMP_AT_LEAST, value: X32_BIT, yes: "refuse", no: "next" } satisfies Line]
      : [],
    ...refused.map((name) => is(number(name), "refuse")),
    is(number("socket"), "families"),
    ...network === "restricted" ? [is(number("socketpair"), "families")] : [],
    { code: RETURN, value: ALLOW },
    { label: "families", code: LOAD, value: FIRST_ARGUMENT_AT },
    ...families.map((family) => is(family, "allow")),
    { label: "refuse", code: RETURN, value: REFUSE },
    { label: "allow", code: RETURN, value: ALLOW },
    { label: "kill", code: RETURN, value: KILL_PROCESS },
  ]);
}

function assemble(lines: readonly Line[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lines.length * 8);
  const view = new DataView(bytes.buffer);
  lines.forEach(({ code, value, yes, no }, at) => {
    const distance = (target: Target | undefined) => {
      if (target === undefined || target === "next") return 0;
      return lines.findIndex(({ label }) => label === target) - at - 1;
    };
    view.setUint16(at * 8, code, true);
    view.setUint8(at * 8 + 2, distance(yes));
    view.setUint8(at * 8 + 3, distance(no));
    view.setUint32(at * 8 + 4, value, true);
  });
  return bytes;
}

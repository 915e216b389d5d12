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
  chmod: [90, -1],
  fchmod: [91, 52],
  fchmodat: [268, 53],
  fchmodat2: [452, 452],
  chown: [92, -1],
  lchown: [94, -1],
  fchown: [93, 55],
  fchownat: [260, 54],
  utime: [132, -1],
  utimes: [235, -1],
  futimesat: [261, -1],
  utimensat: [280, 88],
  setxattr: [188, 5],
  lsetxattr: [189, 6],
  fsetxattr: [190, 7],
  removexattr: [197, 14],
  lremovexattr: [198, 15],
  fremovexattr: [199, 16],
  setxattrat: [463, 463],
  removexattrat: [466, 466],
  file_setattr: [469, 469],
  shmget: [29, 194],
  semget: [64, 190],
  msgget: [68, 186],
  mq_open: [240, 180],
  mq_unlink: [241, 181],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  ioctl: [16, 29],
  prlimit64: [302, 261],
  sched_setaffinity: [203, 122],
  sched_setscheduler: [144, 119],
  sched_setparam: [142, 118],
  sched_setattr: [314, 274],
  setpriority: [141, 140],
  ioprio_set: [251, 30],
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
/**
 * Refused where nothing but Landlock and this program holds a process that may write nothing: what changes files
 * without opening them for it, objects that are shared without files, and keys.
 */
const ALONE: readonly Name[] = [
  ...["chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat"] as const,
  ...["utime", "utimes", "futimesat", "utimensat", "file_setattr"] as const,
  ...["setxattr", "lsetxattr", "fsetxattr", "setxattrat"] as const,
  ...["removexattr", "lremovexattr", "fremovexattr", "removexattrat"] as const,
  ...["shmget", "semget", "msgget", "mq_open", "mq_unlink", "add_key", "request_key", "keyctl"] as const,
];
/** There, these work on the calling process only, 0, and not on one that an argument names. */
const ON_ITSELF: readonly (readonly [name: Name, argument: number])[] = [
  ["prlimit64", 0],
  ["sched_setaffinity", 0],
  ["sched_setscheduler", 0],
  ["sched_setparam", 0],
  ["sched_setattr", 0],
  ["setpriority", 1],
  ["ioprio_set", 1],
];
/** There, `ioctl` does not type into a terminal (TIOCSTI, TIOCLINUX) or change flags of files (FS_IOC_SETFLAGS...). */
const REFUSED_IOCTLS = [0x5412, 0x541c, 0x40086602, 0x40046602, 0x401c5820];

const AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16;

/** `AUDIT_ARCH_*` of linux/audit.h. */
const AUDIT_ARCH = { x86_64: 0xc000003e, aarch64: 0xc00000b7 } as const;
/** System calls of the x32 ABI have this bit; they would pass a list of ordinary numbers. */
const X32_BIT = 0x40000000;

const LOAD = 0x20, JUMP_EQUAL = 0x15, JUMP_AT_LEAST = 0x35, RETURN = 0x06;
const NUMBER_AT = 0, ARCHITECTURE_AT = 4;
const KILL_PROCESS = 0x80000000, REFUSE = 0x00050001, ALLOW = 0x7fff0000;

/** One instruction whose jumps are still names; without one it goes on to the next. */
interface Line {
  readonly label?: string;
  readonly code: number;
  readonly value: number;
  readonly yes?: string;
  readonly no?: string;
}

/** Further use of the program. */
export interface SeccompOptions {
  /** Whether there are no namespaces around the process. */
  readonly alone?: boolean;
}

/**
 * The seccomp program of sandboxed processes, as classic BPF: refused calls fail with EPERM, and calls of another
 * architecture kill the process.
 *
 * Source: exec-server permissions, section 4.3; what is refused besides with `alone` is our own.
 *
 * @returns instructions of 8 bytes each, as `struct sock_filter`
 */
export function seccompProgram(
  network: NetworkAccess,
  architecture: Architecture,
  { alone = false }: SeccompOptions = {},
): Uint8Array<ArrayBuffer> {
  const refused = [...ALWAYS, ...network === "restricted" ? RESTRICTED : [], ...alone ? ALONE : []];
  const families = network === "restricted" ? [AF_UNIX] : [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK];
  const listed = (name: Name, argument: number, values: readonly number[], then: "allow" | "refuse") => ({
    name,
    lines: [
      { label: name, code: LOAD, value: argumentAt(argument) },
      ...values.map((value): Line => ({ code: JUMP_EQUAL, value, yes: then })),
      { code: RETURN, value: then === "allow" ? REFUSE : ALLOW },
    ] as readonly Line[],
  });
  const checks = [
    listed("socket", 0, families, "allow"),
    ...network === "restricted" ? [listed("socketpair", 0, families, "allow")] : [],
    ...alone ? ON_ITSELF.map(([name, argument]) => listed(name, argument, [0], "allow")) : [],
    ...alone ? [listed("ioctl", 1, REFUSED_IOCTLS, "refuse")] : [],
  ];
  const number = (name: Name) => NUMBERS[name][architecture === "x86_64" ? 0 : 1];
  const dispatch = (name: Name, target: string): Line[] =>
    number(name) < 0 ? [] : [{ code: JUMP_EQUAL, value: number(name), yes: target }];
  return assemble([
    { code: LOAD, value: ARCHITECTURE_AT },
    { code: JUMP_EQUAL, value: AUDIT_ARCH[architecture], no: "kill" },
    { code: LOAD, value: NUMBER_AT },
    ...architecture === "x86_64" ? [{ code: JUMP_AT_LEAST, value: X32_BIT, yes: "refuse" }] : [],
    ...refused.flatMap((name) => dispatch(name, "refuse")),
    ...checks.flatMap(({ name }) => dispatch(name, name)),
    { code: RETURN, value: ALLOW },
    ...checks.flatMap(({ lines }) => lines),
    { label: "refuse", code: RETURN, value: REFUSE },
    { label: "allow", code: RETURN, value: ALLOW },
    { label: "kill", code: RETURN, value: KILL_PROCESS },
  ]);
}

/** Where the low word of an argument lies; families, commands and process ids are `int`. */
function argumentAt(index: number): number {
  return 16 + 8 * index;
}

function assemble(lines: readonly Line[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lines.length * 8);
  const view = new DataView(bytes.buffer);
  lines.forEach(({ code, value, yes, no }, at) => {
    const distance = (target: string | undefined) => {
      if (target === undefined) return 0;
      const found = lines.findIndex(({ label }) => label === target);
      if (found <= at || found - at > 256) throw new RangeError(`cannot jump to ${target}`);
      return found - at - 1;
    };
    view.setUint16(at * 8, code, true);
    view.setUint8(at * 8 + 2, distance(yes));
    view.setUint8(at * 8 + 3, distance(no));
    view.setUint32(at * 8 + 4, value, true);
  });
  return bytes;
}

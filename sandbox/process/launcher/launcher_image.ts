import type { Architecture } from "../seccomp.ts";
import type { Assembler } from "./assembler.ts";
import { ArmAssembler } from "./assembler_aarch64.ts";
import { X86Assembler } from "./assembler_x86_64.ts";

/** What the launcher does to itself before it becomes the program. */
export interface LauncherOptions {
  /** Of the machine it is for. */
  readonly architecture: Architecture;
  /** Descriptor of a Landlock ruleset to be held by, for good. */
  readonly rulesetFd?: number;
  /** Whether it gives up all capabilities. */
  readonly dropCapabilities?: boolean;
  /** Descriptor of a `cgroup.procs` to write itself into. */
  readonly cgroupFd?: number;
  /** Whether it passes on all descriptors but that one. */
  readonly keepsDescriptors?: boolean;
  /** Whether it enters a user namespace first, to see whether it may. */
  readonly userNamespace?: boolean;
  /** A seccomp program, as `struct sock_filter` instructions. */
  readonly seccomp?: Uint8Array;
  /** The text of an errno. */
  readonly errorText: (errno: number) => string;
}

/** Exit code of a launcher that could not start the program. Source: exec-server permissions, section 4.1. */
export const LAUNCHER_FAILED = 101;

const NUMBERS = {
  x86_64: {
    write: 1,
    execve: 59,
    exit: 60,
    capset: 126,
    prctl: 157,
    unshare: 272,
    seccomp: 317,
  },
  aarch64: {
    write: 64,
    execve: 221,
    exit: 93,
    capset: 91,
    prctl: 167,
    unshare: 97,
    seccomp: 277,
  },
} as const;
/** The same on both. */
const CLOSE_RANGE = 436, LANDLOCK_RESTRICT_SELF = 446;
const PR_SET_NO_NEW_PRIVS = 38, SECCOMP_SET_MODE_FILTER = 1, CAPABILITY_VERSION_3 = 0x20080522;
const CLONE_NEWUSER = 0x10000000;
const ENOENT = 2, MAX_ERRNO = 133;
const FIRST_DESCRIPTOR = 3;

const MACHINE = { x86_64: 62, aarch64: 183 } as const;
const BASE = 0x400000n;
const HEADER_BYTES = 64, PROGRAM_HEADER_BYTES = 56, PROGRAM_HEADERS = 2;
const CODE_AT = HEADER_BYTES + PROGRAM_HEADERS * PROGRAM_HEADER_BYTES;
/** Room for the code, so that the addresses of the data are known before it is written. */
const CODE_BYTES = 1024;
const RECORD_BITS = 6;
const encoder = new TextEncoder();

/**
 * A tiny program that runs inside the sandbox and becomes the one that was asked for. It is built here, since a machine
 * need not have any program that sets argv[0], applies Landlock or seccomp, and says what it could not start.
 *
 * Its own arguments, behind its argv[0], are `NAME PATH... "" ARGV...`: it tries the paths in turn, as execvp(3) does with PATH, and gives the
 * program all that stands behind the empty one. It closes every descriptor from 3 on.
 *
 * @returns an ELF executable for Linux
 */
export function launcherImage(options: LauncherOptions): Uint8Array<ArrayBuffer> {
  const data = new DataSection(BASE + BigInt(CODE_AT + CODE_BYTES));
  const code = writeCode(options, data);
  if (code.length > CODE_BYTES) throw new RangeError(`the launcher has ${code.length} bytes of code`);
  const image = new Uint8Array(CODE_AT + CODE_BYTES + data.bytes.length);
  writeHeaders(image, options.architecture);
  image.set(code, CODE_AT);
  image.set(data.bytes, CODE_AT + CODE_BYTES);
  return image;
}

/** Constant bytes with fixed addresses. */
class DataSection {
  readonly #start: bigint;
  readonly #bytes: number[] = [];

  constructor(start: bigint) {
    this.#start = start;
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** @returns the address */
  add(bytes: Uint8Array): bigint {
    while (this.#bytes.length % 8 !== 0) this.#bytes.push(0);
    const address = this.#start + BigInt(this.#bytes.length);
    for (const byte of bytes) this.#bytes.push(byte);
    return address;
  }
}

function writeCode(options: LauncherOptions, data: DataSection): Uint8Array<ArrayBuffer> {
  const code: Assembler = options.architecture === "x86_64" ? new X86Assembler() : new ArmAssembler();
  const call = NUMBERS[options.architecture];
  // s2 = argv + 1, s3 = envp
  code.stackPointer("s0");
  code.loadWord("s1", "s0");
  code.move("s2", "s0");
  code.addConstant("s2", 8);
  code.move("s3", "s1");
  code.shiftLeft("s3", 3);
  code.add("s3", "s2");
  code.addConstant("s3", 8);
  code.addConstant("s2", 8);
  writeConfinement(options, data, code);
  // older kernels do not have it, and what is left open then is of no use
  const { keepsDescriptors = false, cgroupFd = FIRST_DESCRIPTOR } = options;
  code.constant("arg0", keepsDescriptors ? cgroupFd : FIRST_DESCRIPTOR);
  code.constant("arg1", keepsDescriptors ? cgroupFd : 0xffffffff);
  code.constant("arg2", 0);
  code.systemCall(CLOSE_RANGE);
  // s4 = the empty argument
  code.move("s4", "s2");
  code.label("search");
  code.addConstant("s4", 8);
  code.loadWord("arg1", "s4");
  code.constant("s0", ENOENT);
  code.jumpIfZero("arg1", "notStarted");
  code.loadByte("arg2", "arg1");
  code.jumpIfZero("arg2", "found");
  code.jump("search");
  // s1 = the path to try, s0 = errno to report
  code.label("found");
  code.move("s1", "s2");
  code.label("next");
  code.addConstant("s1", 8);
  code.jumpIfEqual("s1", "s4", "notStarted");
  code.loadWord("arg0", "s1");
  code.move("arg1", "s4");
  code.addConstant("arg1", 8);
  code.move("arg2", "s3");
  code.systemCall(call.execve);
  code.constant("arg1", 0);
  code.subtract("arg1", "result");
  code.constant("arg2", ENOENT);
  code.jumpIfEqual("arg1", "arg2", "next");
  code.move("s0", "arg1");
  code.jump("next");
  writeFailures(options, data, code);
  return code.assemble();
}

function writeConfinement(options: LauncherOptions, data: DataSection, code: Assembler): void {
  const call = NUMBERS[options.architecture];
  const { rulesetFd, dropCapabilities, seccomp } = options;
  const check = () => code.jumpIfNegative("result", "notConfined");
  if (options.cgroupFd !== undefined) {
    code.constant("arg0", options.cgroupFd);
    code.constant("arg1", data.add(encoder.encode("0")));
    code.constant("arg2", 1);
    code.systemCall(call.write);
    check();
  }
  if (options.userNamespace === true) {
    code.constant("arg0", CLONE_NEWUSER);
    code.systemCall(call.unshare);
    check();
  }
  if (rulesetFd === undefined && seccomp === undefined) return;
  code.constant("arg0", PR_SET_NO_NEW_PRIVS);
  code.constant("arg1", 1);
  for (const unused of ["arg2", "arg3", "arg4"] as const) code.constant(unused, 0);
  code.systemCall(call.prctl);
  check();
  if (dropCapabilities === true) {
    const none = new Uint8Array(new Uint32Array([CAPABILITY_VERSION_3, 0, 0, 0, 0, 0, 0, 0]).buffer);
    const address = data.add(none);
    code.constant("arg0", address);
    code.constant("arg1", address + 8n);
    code.systemCall(call.capset);
    check();
  }
  if (rulesetFd !== undefined) {
    code.constant("arg0", rulesetFd);
    code.constant("arg1", 0);
    code.systemCall(LANDLOCK_RESTRICT_SELF);
    check();
  }
  if (seccomp !== undefined) {
    const filter = data.add(seccomp);
    const program = new DataView(new ArrayBuffer(16));
    program.setUint16(0, seccomp.length / 8, true);
    program.setBigUint64(8, filter, true);
    code.constant("arg0", SECCOMP_SET_MODE_FILTER);
    code.constant("arg1", 0);
    code.constant("arg2", data.add(new Uint8Array(program.buffer)));
    code.systemCall(call.seccomp);
    check();
  }
}

/** `notConfined` expects the failed call's result, `notStarted` an errno in s0; both say so on stderr and exit. */
function writeFailures(options: LauncherOptions, data: DataSection, code: Assembler): void {
  const call = NUMBERS[options.architecture];
  const write = (text: string) => {
    const bytes = encoder.encode(text);
    code.constant("arg0", 2);
    code.constant("arg1", data.add(bytes));
    code.constant("arg2", bytes.length);
    code.systemCall(call.write);
  };
  code.label("notConfined");
  code.constant("arg1", 0);
  code.subtract("arg1", "result");
  code.move("s0", "arg1");
  write("exec-server sandbox: Failed to confine ");
  code.jump("name");
  code.label("notStarted");
  write("exec-server sandbox: Failed to execvp ");
  code.label("name");
  // s1 = the name, s4 = its end
  code.loadWord("s1", "s2");
  code.move("s4", "s1");
  code.label("measure");
  code.loadByte("arg1", "s4");
  code.jumpIfZero("arg1", "measured");
  code.addConstant("s4", 1);
  code.jump("measure");
  code.label("measured");
  code.subtract("s4", "s1");
  code.constant("arg0", 2);
  code.move("arg1", "s1");
  code.move("arg2", "s4");
  code.systemCall(call.write);
  write(": ");
  code.shiftLeft("s0", RECORD_BITS);
  code.constant("arg1", data.add(errorRecords(options.errorText)));
  code.add("s0", "arg1");
  code.loadByte("arg2", "s0");
  code.move("arg1", "s0");
  code.addConstant("arg1", 1);
  code.constant("arg0", 2);
  code.systemCall(call.write);
  code.constant("arg0", LAUNCHER_FAILED);
  code.systemCall(call.exit);
}

/** For each errno a length and that many bytes. */
function errorRecords(errorText: (errno: number) => string): Uint8Array {
  const size = 1 << RECORD_BITS;
  const records = new Uint8Array(size * (MAX_ERRNO + 1));
  for (let errno = 0; errno <= MAX_ERRNO; errno++) {
    const text = encoder.encode(`${errorText(errno)}\n`).subarray(0, size - 1);
    records[errno * size] = text.length;
    records.set(text, errno * size + 1);
  }
  return records;
}

/** One segment for code and data, readable and executable, and a stack that is not executable; elf(5). */
function writeHeaders(image: Uint8Array<ArrayBuffer>, architecture: Architecture): void {
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, MACHINE[architecture], true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BASE + BigInt(CODE_AT), true);
  view.setBigUint64(32, BigInt(HEADER_BYTES), true);
  view.setUint16(52, HEADER_BYTES, true);
  view.setUint16(54, PROGRAM_HEADER_BYTES, true);
  view.setUint16(56, PROGRAM_HEADERS, true);
  const LOAD = 1, GNU_STACK = 0x6474e551, EXECUTE = 1, WRITE = 2, READ = 4;
  const segment = (index: number, type: number, flags: number, address: bigint, size: bigint, alignment: bigint) => {
    const at = HEADER_BYTES + index * PROGRAM_HEADER_BYTES;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    view.setBigUint64(at + 16, address, true);
    view.setBigUint64(at + 24, address, true);
    view.setBigUint64(at + 32, size, true);
    view.setBigUint64(at + 40, size, true);
    view.setBigUint64(at + 48, alignment, true);
  };
  segment(0, LOAD, READ | EXECUTE, BASE, BigInt(image.length), 0x10000n);
  segment(1, GNU_STACK, READ | WRITE, 0n, 0n, 16n);
}

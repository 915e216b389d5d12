import { At, Open } from "./constants.ts";
import type { Libc } from "./libc.ts";

const PR_SET_NO_NEW_PRIVS = 38;
const RULE_PATH_BENEATH = 1;
/** Bits of `handled_access_fs` by ABI. */
const HANDLED_BITS = [0, 13, 14, 15, 15, 16, 16] as const;
const NETWORK_ABI = 4, SCOPE_ABI = 6;

const EXECUTE = 1 << 0,
  WRITE_FILE = 1 << 1,
  READ_FILE = 1 << 2,
  READ_DIR = 1 << 3,
  REMOVE_DIR = 1 << 4,
  REMOVE_FILE = 1 << 5;
const MAKE_DIR = 1 << 7, MAKE_REG = 1 << 8, MAKE_SYM = 1 << 12, TRUNCATE = 1 << 14;
const READ = READ_FILE | READ_DIR;
const WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | TRUNCATE;
const IOCTL_DEV = 1 << 15;
const ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;
const RIGHTS = {
  read: READ,
  write: WRITE,
  run: READ | EXECUTE,
  list: READ_DIR,
  device: READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV,
} as const satisfies Record<LandlockAccess, number>;

/** `run` reads and executes, `list` only looks into directories, `device` reads, writes and controls. */
export type LandlockAccess = "read" | "write" | "run" | "list" | "device";

/** A place that stays reachable. */
export interface LandlockRule {
  /** A descriptor of the place; only borrowed. */
  readonly fd: number;
  readonly isDirectory: boolean;
  /** What it stays reachable for. */
  readonly access: LandlockAccess;
}

/** A set of rules that a thread can be restricted to. */
export interface Ruleset {
  /** Its descriptor, closed in children. */
  readonly fd: number;
  /** The ABI of the kernel. */
  readonly abi: number;
}

/** Why the wall could not be raised. */
export class LandlockError extends Error {}

/** The ABI of the kernel's Landlock. @throws {LandlockError} when it has none */
export function landlockAbi(libc: Libc): number {
  const abi = libc.call.landlockAbi();
  if (abi < 1) throw new LandlockError(`The kernel has no Landlock: errno ${libc.errno()}`);
  return abi;
}

/**
 * Makes a ruleset that forbids everything the kernel knows, but for some places: files, TCP, and signals and abstract
 * sockets of processes outside.
 *
 * @param network whether TCP stays as it is
 * @throws {LandlockError} saying which step failed
 */
export function createRuleset(libc: Libc, rules: readonly LandlockRule[], network = false): Ruleset {
  const abi = landlockAbi(libc);
  const handled = 2 ** (HANDLED_BITS[Math.min(abi, HANDLED_BITS.length - 1)] as number) - 1;
  const tcp = abi >= NETWORK_ABI && !network ? 3n : 0n;
  const attributes = new BigUint64Array([BigInt(handled), tcp, abi >= SCOPE_ABI ? 3n : 0n]);
  const size = abi >= SCOPE_ABI ? 24 : abi >= NETWORK_ABI ? 16 : 8;
  const bytes = new Uint8Array(attributes.buffer);
  const fd = libc.call.landlockCreate(bytes, size);
  if (fd < 0) throw new LandlockError(`Cannot create a ruleset: errno ${libc.errno()}`);
  try {
    for (const rule of rules) addRule(libc, fd, rule, handled);
    return { fd, abi };
  } catch (error) {
    libc.call.close(fd);
    throw error;
  }
}

/**
 * Restricts this thread, and all that it starts, to reading and writing below some places, for good. Other threads of
 * the process stay as they are, so only synchronous calls are covered.
 *
 * @returns the ABI of the kernel
 * @throws {LandlockError} saying which step failed; the thread may have lost the right to gain privileges then
 */
export function restrictThread(libc: Libc, rules: readonly LandlockRule[]): number {
  const { fd, abi } = createRuleset(libc, rules);
  try {
    if (libc.call.prctl(PR_SET_NO_NEW_PRIVS, 1) < 0) {
      throw new LandlockError(`Cannot renounce new privileges: errno ${libc.errno()}`);
    }
    if (libc.call.landlockRestrict(fd) < 0) {
      throw new LandlockError(`Cannot restrict the thread: errno ${libc.errno()}`);
    }
  } finally {
    libc.call.close(fd);
  }
  return abi;
}

function addRule(libc: Libc, ruleset: number, { fd, isDirectory, access }: LandlockRule, handled: number): void {
  const bits = RIGHTS[access] & handled & (isDirectory ? -1 : ON_FILES);
  const rule = new Uint8Array(12);
  const view = new DataView(rule.buffer);
  view.setBigUint64(0, BigInt(bits), true);
  view.setInt32(8, fd, true);
  const result = libc.call.landlockAddRule(ruleset, RULE_PATH_BENEATH, rule);
  if (result < 0) throw new LandlockError(`Cannot add a rule: errno ${libc.errno()}`);
}

/** Whether the kernel lets this thread open a path; nothing is read or changed. */
export function canOpen(libc: Libc, path: string, mode: "read" | "write"): boolean {
  const flags = (mode === "read" ? Open.RDONLY : Open.WRONLY) | Open.NONBLOCK | Open.CLOEXEC | Open.NOCTTY;
  const fd = libc.call.openat(At.FDCWD, new TextEncoder().encode(`${path}\0`), flags, 0);
  if (fd < 0) return false;
  libc.call.close(fd);
  return true;
}

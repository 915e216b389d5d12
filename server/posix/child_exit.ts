import { closeDescriptors } from "./descriptors.ts";
import { openLibc } from "./libc.ts";
import { PosixError } from "./posix_spawn.ts";
import { EPOLLIN, Reactor } from "./reactor.ts";

/** How a child ended. */
export interface ExitStatus {
  /** Exit code 0 to 255, or 128+n for signal n. */
  readonly code: number;
  /** Number of the signal that ended it, or undefined. */
  readonly signal: number | undefined;
}

const SYS_PIDFD_OPEN = 434n;
const WNOHANG = 1;

/**
 * Waits for one child by its pidfd and reaps it; children that others started are never touched.
 *
 * @param onExit called once, on the main thread
 * @throws {PosixError} when no descriptor is left
 */
export function watchChildExit(pid: number, onExit: (status: ExitStatus) => void): void {
  const libc = openLibc();
  const reactor = Reactor.shared();
  // close-on-exec is set by pidfd_open itself
  const fd = Number(libc.call.syscall(SYS_PIDFD_OPEN, BigInt(pid), 0n));
  if (fd < 0) throw new PosixError("pidfd_open", libc.errno());
  const token = reactor.register(fd, EPOLLIN, () => {
    const status = reap(pid);
    if (status === undefined) return;
    reactor.unregister(fd, token);
    closeDescriptors(fd);
    onExit(status);
  });
}

/** Reaps a child that has ended. @param mode "wait" blocks until it has @returns undefined while it runs */
export function reap(pid: number, mode: "look" | "wait" = "look"): ExitStatus | undefined {
  const libc = openLibc();
  const word = new Int32Array(1);
  const done = libc.call.waitpid(pid, new Uint8Array(word.buffer), mode === "look" ? WNOHANG : 0);
  if (done === 0) return undefined;
  if (done < 0) return { code: 255, signal: undefined };
  return decodeStatus(word[0] as number);
}

/** Decodes a wait status word (wait(2)); real-time signals included. */
export function decodeStatus(word: number): ExitStatus {
  const signal = word & 0x7f;
  if (signal === 0) return { code: (word >> 8) & 0xff, signal: undefined };
  return { code: 128 + signal, signal };
}

import { cString, cStringArray, type Libc, openLibc } from "./libc.ts";

/** What the child's standard descriptors become. */
export type ChildStdio =
  /** stdin from `stdin` or /dev/null, the others to the write ends of two pipes. */
  | { readonly kind: "pipes"; readonly stdin: number | undefined; readonly stdout: number; readonly stderr: number }
  /** All three are the terminal of this name, which becomes the controlling terminal. */
  | { readonly kind: "terminal"; readonly path: string };

/** A program to run in a session of its own. */
export interface SpawnRequest {
  /** Path of the program; a relative one is taken from `cwd`. */
  readonly program: string;
  /** argv as the program sees it. */
  readonly argv: readonly string[];
  /** `NAME=value` strings: the whole environment. */
  readonly environment: readonly string[];
  /** Working directory. */
  readonly cwd: string;
  /** Standard descriptors. */
  readonly stdio: ChildStdio;
  /** Further descriptors, in this order. */
  readonly opens?: readonly OpenedDescriptor[];
}

/** A descriptor a child finds; its number must not be one that a later entry still names. */
export type OpenedDescriptor =
  /** A file opened for reading; `/proc/self/fd/N` is descriptor N of this process, from its beginning. */
  | { readonly fd: number; readonly path: string }
  /** A copy of a descriptor of this process. */
  | { readonly fd: number; readonly from: number };

/** A call of the C library failed. */
export class PosixError extends Error {
  /** The errno number. */
  readonly errno: number;

  /** @param call what failed; @param errno its errno */
  constructor(call: string, errno: number) {
    super(`${call} failed: errno ${errno}`);
    this.name = "PosixError";
    this.errno = errno;
  }
}

const O_RDONLY = 0, O_RDWR = 2;
const POSIX_SPAWN_SETSIGDEF = 0x04, POSIX_SPAWN_SETSIGMASK = 0x08, POSIX_SPAWN_SETSID = 0x80;
// larger than glibc's posix_spawn_file_actions_t (80), posix_spawnattr_t (336) and sigset_t (128)
const ACTIONS_SIZE = 128, ATTRIBUTES_SIZE = 512, SIGSET_SIZE = 128;
const NO_SIGNALS = new Uint8Array(SIGSET_SIZE);
const ALL_SIGNALS = new Uint8Array(SIGSET_SIZE).fill(0xff);

/**
 * Starts a program as leader of a new session and process group, with default signal dispositions. It blocks for the
 * vfork only (about 0.2 ms, whatever the size of this process).
 *
 * @returns the pid
 * @throws {PosixError} with the errno of the working directory or the exec; {TypeError} for a NUL in a text
 */
export function posixSpawn(request: SpawnRequest): number {
  const libc = openLibc();
  const program = cString(request.program);
  const cwd = cString(request.cwd);
  const argv = cStringArray(request.argv);
  const environment = cStringArray(request.environment);
  const actions = new Uint8Array(ACTIONS_SIZE);
  const attributes = new Uint8Array(ATTRIBUTES_SIZE);
  const pid = new Int32Array(1);
  libc.call.posix_spawn_file_actions_init(actions);
  libc.call.posix_spawnattr_init(attributes);
  try {
    const names = addStdio(libc, actions, request.stdio);
    const paths = (request.opens ?? []).map((opened) => addDescriptor(libc, actions, opened));
    libc.call.posix_spawn_file_actions_addchdir_np(actions, cwd);
    libc.call.posix_spawnattr_setsigmask(attributes, NO_SIGNALS);
    libc.call.posix_spawnattr_setsigdefault(attributes, ALL_SIGNALS);
    libc.call.posix_spawnattr_setflags(
      attributes,
      POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF,
    );
    const pidBytes = new Uint8Array(pid.buffer);
    const errno = libc.call.posix_spawn(
      pidBytes,
      program,
      actions,
      attributes,
      argv.pointers,
      environment.pointers,
    );
    keepAlive(argv, environment, names, paths);
    if (errno !== 0) throw new PosixError("posix_spawn", errno);
    return pid[0] as number;
  } finally {
    libc.call.posix_spawn_file_actions_destroy(actions);
    libc.call.posix_spawnattr_destroy(attributes);
  }
}

function addStdio(libc: Libc, actions: Uint8Array<ArrayBuffer>, stdio: ChildStdio): Uint8Array<ArrayBuffer> {
  if (stdio.kind === "terminal") {
    // the first terminal a session leader opens becomes its controlling terminal
    const path = cString(stdio.path);
    libc.call.posix_spawn_file_actions_addopen(actions, 0, path, O_RDWR, 0);
    libc.call.posix_spawn_file_actions_adddup2(actions, 0, 1);
    libc.call.posix_spawn_file_actions_adddup2(actions, 0, 2);
    return path;
  }
  const devNull = cString("/dev/null");
  if (stdio.stdin === undefined) libc.call.posix_spawn_file_actions_addopen(actions, 0, devNull, 0, 0);
  else libc.call.posix_spawn_file_actions_adddup2(actions, stdio.stdin, 0);
  libc.call.posix_spawn_file_actions_adddup2(actions, stdio.stdout, 1);
  libc.call.posix_spawn_file_actions_adddup2(actions, stdio.stderr, 2);
  return devNull;
}

function addDescriptor(libc: Libc, actions: Uint8Array<ArrayBuffer>, opened: OpenedDescriptor): Uint8Array {
  if ("from" in opened) {
    libc.call.posix_spawn_file_actions_adddup2(actions, opened.from, opened.fd);
    return NO_SIGNALS;
  }
  const path = cString(opened.path);
  libc.call.posix_spawn_file_actions_addopen(actions, opened.fd, path, O_RDONLY, 0);
  return path;
}

/** Uses objects whose memory a call reads through raw pointers, so that they are not collected before it. */
function keepAlive(...objects: object[]): number {
  return objects.length;
}

import type {
  CopyOptions,
  DirectoryEntry,
  FileHandle,
  FileMetadata,
  Filesystem,
  FollowOption,
  SandboxOption,
  WalkOptions,
  WalkResult,
} from "../../protocol/mod.ts";
import {
  checkHelperSupport,
  type Decision,
  type HelperPool,
  type Policy,
  readDecision,
  type ResolvedProfiles,
  writeDecision,
} from "../../sandbox/mod.ts";
import type { CreateDirectoryOptions } from "./create_directory.ts";
import type { OpenOptions } from "./local_filesystem.ts";
import type { RemoveOptions } from "./remove.ts";

/**
 * The files of this machine: each operation runs here, or in the helper of its permission profile when the profile does
 * not grant everything for that kind of operation.
 *
 * Source: exec-server permissions, section 3.
 */
export class SandboxRouter implements Filesystem {
  readonly #local: Filesystem;
  readonly #pool: HelperPool;
  readonly #profiles: ResolvedProfiles;

  /** Joins both. @param local runs what needs no sandbox; @param pool the rest; @param profiles says what is which */
  constructor(local: Filesystem, pool: HelperPool, profiles: ResolvedProfiles) {
    this.#local = local;
    this.#pool = pool;
    this.#profiles = profiles;
  }

  /** Reads a whole regular file. */
  readFile(path: string, options: FollowOption = {}): Promise<Uint8Array> {
    return this.#for(readDecision, options).readFile(path, withoutSandbox(options));
  }

  /** Creates or truncates a file in place. */
  writeFile(path: string, bytes: Uint8Array, options: FollowOption = {}): Promise<void> {
    return this.#for(writeDecision, options).writeFile(path, bytes, withoutSandbox(options));
  }

  /** Makes a directory. */
  createDirectory(path: string, options: CreateDirectoryOptions = {}): Promise<void> {
    return this.#for(writeDecision, options).createDirectory(path, withoutSandbox(options));
  }

  /** Describes a path. */
  getMetadata(path: string, options: FollowOption = {}): FileMetadata | Promise<FileMetadata> {
    return this.#for(readDecision, options).getMetadata(path, withoutSandbox(options));
  }

  /** Lists a directory. */
  readDirectory(path: string, options: SandboxOption = {}): Promise<DirectoryEntry[]> {
    return this.#for(readDecision, options).readDirectory(path);
  }

  /** Removes a file, link or tree. */
  remove(path: string, options: RemoveOptions = {}): Promise<void> {
    return this.#for(writeDecision, options).remove(path, withoutSandbox(options));
  }

  /** Copies a file, link or tree; counts as writing. */
  copy(source: string, destination: string, options: CopyOptions): Promise<void> {
    return this.#for(writeDecision, options).copy(source, destination, withoutSandbox(options));
  }

  /** The real path. */
  canonicalize(path: string, options: SandboxOption = {}): Promise<string> {
    return this.#for(readDecision, options).canonicalize(path);
  }

  /** Lists a tree. */
  walk(path: string, options: WalkOptions): Promise<WalkResult> {
    return this.#for(readDecision, options).walk(path, withoutSandbox(options));
  }

  /** Opens a file; what is done with it later runs under the same profile. */
  open(path: string, options: OpenOptions = {}): Promise<FileHandle> {
    const decide = options.mode === "replace" ? writeDecision : readDecision;
    return this.#for(decide, options).open(path, withoutSandbox(options));
  }

  #for(decide: (policy: Policy) => Decision, { sandbox }: SandboxOption): Filesystem {
    if (sandbox === null || sandbox === undefined) return this.#local;
    const { request, policy, key } = this.#profiles.resolve(sandbox);
    if (decide(policy) === "direct") return this.#local;
    checkHelperSupport(request);
    return this.#pool.filesystem(policy, key);
  }
}

function withoutSandbox<T extends SandboxOption>(options: T): T {
  return { ...options, sandbox: undefined };
}

import {
  type CopyOptions,
  type DirectoryEntry,
  type FileHandle,
  type FileMetadata,
  type Filesystem,
  type FollowOption,
  formatPath,
  type MethodName,
  type ParamsOf,
  parsePath,
  type PathForm,
  type ResultOf,
  type SandboxOption,
  TransportClosedError,
  type WalkOptions,
  type WalkResult,
} from "../protocol/mod.ts";
import { decodeAnswer } from "./decode_answer.ts";
import { DisconnectedError } from "./errors.ts";
import type { ExecServerClient } from "./exec_server_client.ts";
import type { ConnectionSupplier } from "./remote_exec.ts";
import { RemoteFileHandle } from "./remote_file_handle.ts";
import { contextFor } from "./sandbox_context.ts";

/**
 * The files behind an exec-server. Paths go over the wire as `file:` URIs, or natively to a server of the generation
 * that knows no others (0.130.0).
 *
 * Operations fail with the server's RpcError; a lost connection with a TransportClosedError whose text is always
 * `exec-server transport closed`. Nothing is sent again.
 *
 * Source: environments, sections 2.1 and 2.2.
 */
export class RemoteFilesystem implements Filesystem {
  readonly #connection: ConnectionSupplier;

  /** Connects with the first operation. @param connection gives the client */
  constructor(connection: ConnectionSupplier) {
    this.#connection = connection;
  }

  /** Reads a whole regular file of at most 512 MiB. */
  async readFile(path: string, options: FollowOption = {}): Promise<Uint8Array> {
    const { dataBase64 } = await this.#call(
      "fs/readFile",
      (at, form) => ({ ...followMembers(options, form), path: at(path) }),
    );
    return decodeAnswer("remote fs/readFile returned invalid base64 dataBase64", dataBase64);
  }

  /** Creates or truncates a file in place. */
  async writeFile(path: string, bytes: Uint8Array, options: FollowOption = {}): Promise<void> {
    await this.#call("fs/writeFile", (at, form) => {
      return { ...followMembers(options, form), path: at(path), dataBase64: bytes.toBase64() };
    });
  }

  /** Makes a directory, with its parents unless `recursive` is false. */
  async createDirectory(
    path: string,
    options: FollowOption & { readonly recursive?: boolean | null | undefined } = {},
  ): Promise<void> {
    const { recursive = null } = options;
    await this.#call(
      "fs/createDirectory",
      (at, form) => ({ ...followMembers(options, form), path: at(path), recursive }),
    );
  }

  /** Describes a path; `size` is NaN where the server does not tell it (0.130.0). */
  async getMetadata(path: string, options: FollowOption = {}): Promise<FileMetadata> {
    const metadata = await this.#call(
      "fs/getMetadata",
      (at, form) => ({ ...followMembers(options, form), path: at(path) }),
    );
    return { ...metadata, size: metadata.size ?? NaN };
  }

  /** Lists a directory in no particular order. */
  async readDirectory(path: string, options: SandboxOption = {}): Promise<DirectoryEntry[]> {
    const { entries } = await this.#call(
      "fs/readDirectory",
      (at, form) => ({ ...sandboxMember(options, form), path: at(path) }),
    );
    return entries;
  }

  /** Removes a file, link or tree; a missing path is no error unless `force` is false. */
  async remove(
    path: string,
    options: FollowOption & {
      readonly recursive?: boolean | null | undefined;
      readonly force?: boolean | null | undefined;
    } = {},
  ): Promise<void> {
    const { recursive = null, force = null } = options;
    await this.#call(
      "fs/remove",
      (at, form) => ({ ...followMembers(options, form), path: at(path), recursive, force }),
    );
  }

  /** Copies a file, a link or, when `recursive`, a tree. */
  async copy(
    source: string,
    destination: string,
    options: CopyOptions,
  ): Promise<void> {
    await this.#call("fs/copy", (at, form) => ({
      ...sandboxMember(options, form),
      sourcePath: at(source),
      destinationPath: at(destination),
      recursive: options.recursive,
    }));
  }

  /** The real path with all links resolved. */
  async canonicalize(path: string, options: SandboxOption = {}): Promise<string> {
    const result = await this.#call(
      "fs/canonicalize",
      (at, form) => ({ ...sandboxMember(options, form), path: at(path) }),
    );
    return parsePath(result.path).path;
  }

  /** Lists a tree breadth first. */
  async walk(path: string, options: WalkOptions): Promise<WalkResult> {
    const { sandbox: _sandbox, signal: _signal, ...bounds } = options;
    const result = await this.#call("fs/walk", (at, form) => {
      return { ...sandboxMember(options, form), path: at(path), options: { ...bounds } };
    });
    return {
      entries: result.entries.map((entry) => ({ ...entry, path: parsePath(entry.path).path })),
      errors: result.errors.map((error) => ({ ...error, path: parsePath(error.path).path })),
      truncated: result.truncated,
    };
  }

  /** Opens a regular file; the handle ends with the connection it was made on. */
  async open(path: string, options: SandboxOption & { readonly mode?: "read" | "replace" } = {}): Promise<FileHandle> {
    const handleId = crypto.randomUUID().replaceAll("-", ""); // at most 32 bytes
    let owner: ExecServerClient | undefined;
    await this.#call("fs/open", (at, form, client) => {
      owner = client;
      return { ...sandboxMember(options, form), handleId, path: at(path), mode: options.mode ?? "read" };
    });
    return new RemoteFileHandle(handleId, (method, params) => run(owner as ExecServerClient, method, params));
  }

  async #call<M extends MethodName>(
    method: M,
    params: (at: (path: string) => string, form: PathForm, client: ExecServerClient) => ParamsOf<M>,
  ): Promise<ResultOf<M>> {
    const client = await this.#connection();
    const form = client.pathForm;
    return await run(client, method, params((path) => formatPath(path, form), form, client));
  }
}

async function run<M extends MethodName>(
  client: ExecServerClient,
  method: M,
  params: ParamsOf<M>,
): Promise<ResultOf<M>> {
  try {
    return await client.call(method, params);
  } catch (error) {
    if (error instanceof TransportClosedError) throw DisconnectedError.closed({ cause: error });
    throw error;
  }
}

function sandboxMember({ sandbox }: SandboxOption, form: PathForm): SandboxOption {
  return { sandbox: sandbox === null || sandbox === undefined ? null : contextFor(sandbox, form) };
}

function followMembers({ sandbox, followSymlinks }: FollowOption, form: PathForm): FollowOption {
  return { ...sandboxMember({ sandbox }, form), ...(typeof followSymlinks === "boolean" && { followSymlinks }) };
}

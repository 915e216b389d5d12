import { ErrorCode, internalError, notFound, parsePath, RpcError } from "../../protocol/mod.ts";

/** Files in memory, by native path; a directory is there when something is below it or it was made. */
export class FakeFiles {
  readonly #files = new Map<string, Uint8Array>();
  readonly #directories = new Set<string>(["/"]);

  /** Begins with these files. @param files content by absolute path */
  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    for (const [path, content] of Object.entries(files)) this.write(path, content);
  }

  /** Content of a file as text, or undefined. */
  text(path: string): string | undefined {
    const bytes = this.#files.get(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  /** Puts a file there, with its directories. */
  write(path: string, content: string | Uint8Array): void {
    this.makeDirectory(parentOf(path));
    this.#files.set(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }

  /** Makes a directory, with its parents. */
  makeDirectory(path: string): void {
    for (let directory = path; directory !== "/"; directory = parentOf(directory)) this.#directories.add(directory);
  }

  /** Answers a method of `fs/*`. @throws {RpcError} as a server does */
  answer(method: string, params: Readonly<Record<string, unknown>>): unknown {
    const { path } = parsePath(String(params.path));
    switch (method) {
      case "fs/readFile":
        return { dataBase64: this.#read(path).toBase64() };
      case "fs/writeFile":
        if (!this.#directories.has(parentOf(path))) throw missing();
        this.#files.set(path, Uint8Array.fromBase64(String(params.dataBase64)));
        return {};
      case "fs/createDirectory":
        this.makeDirectory(path);
        return {};
      case "fs/getMetadata":
        return this.#metadata(path);
      case "fs/readDirectory":
        return { entries: this.#list(path) };
      case "fs/canonicalize":
        this.#metadata(path);
        return { path: params.path };
      case "fs/remove":
        this.#remove(path, params.force !== false);
        return {};
      default:
        throw new RpcError(ErrorCode.MethodNotFound, `the fake server does not answer \`${method}\``);
    }
  }

  #read(path: string): Uint8Array {
    const bytes = this.#files.get(path);
    if (bytes !== undefined) return bytes;
    throw this.#directories.has(path) ? internalError("Is a directory (os error 21)") : missing();
  }

  #metadata(path: string) {
    const bytes = this.#files.get(path);
    if (bytes === undefined && !this.#directories.has(path)) throw missing();
    return {
      isDirectory: bytes === undefined,
      isFile: bytes !== undefined,
      isSymlink: false,
      size: bytes?.length ?? 0,
      createdAtMs: 0,
      modifiedAtMs: 0,
    };
  }

  #list(path: string) {
    if (!this.#directories.has(path)) throw missing();
    const isChild = (name: string) => name !== "/" && parentOf(name) === path;
    return [
      ...[...this.#directories].filter(isChild).map((name) => entryOf(name, true)),
      ...[...this.#files.keys()].filter(isChild).map((name) => entryOf(name, false)),
    ];
  }

  #remove(path: string, force: boolean): void {
    if (!this.#files.has(path) && !this.#directories.has(path) && !force) throw missing();
    const isGone = (name: string) => name === path || name.startsWith(`${path}/`);
    for (const name of [...this.#files.keys()].filter(isGone)) this.#files.delete(name);
    for (const name of [...this.#directories].filter(isGone)) this.#directories.delete(name);
  }
}

function entryOf(path: string, isDirectory: boolean) {
  return { fileName: path.slice(path.lastIndexOf("/") + 1), isDirectory, isFile: !isDirectory };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function missing(): RpcError {
  return notFound("No such file or directory (os error 2)");
}

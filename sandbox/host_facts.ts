import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** What a path is, links not followed. */
export type FileKind = "file" | "directory" | "link" | "other";

/** What is looked up under a name without following it. */
export interface FileFacts {
  /** Of the link itself, when it is one. */
  readonly kind: FileKind;
  /**
   * The object by itself, whatever its name: device, inode, and time of birth as finely as it is known, since the number
   * of a removed inode is given to the next one made.
   */
  readonly identity: string;
}

/**
 * What the meaning of a profile depends on besides the request. Everything is asked anew at each resolution; there is no
 * process-wide state.
 */
export interface HostFacts {
  /** `TMPDIR` of the process the sandbox is for. */
  readonly tmpdir?: string | undefined;
  /** Home of the server's user, for `~/` globs. */
  readonly home?: string | undefined;
  /** Looks at a path without following its last component; undefined when it is missing or cannot be looked at. */
  lstat(path: string): FileFacts | undefined;
  /** The text of a link; undefined when it is none any more. */
  readLink(path: string): string | undefined;
  /** The first bytes of a small regular file, never waiting for a fifo; undefined when there is none. */
  readStart(path: string): string | undefined;
}

/** A gitdir pointer holds one path. */
const MAX_START_BYTES = 8192;

/**
 * Facts of the machine this runs on, by Deno's own functions. The environment is given, not read: no constructor looks at
 * the process. Times of birth are in milliseconds here, so an object that was removed and made again within one may pass
 * for the same; a host that asks statx itself can do better.
 */
export function localHostFacts(environment: { readonly tmpdir?: string; readonly home?: string }): HostFacts {
  return { ...environment, lstat, readLink, readStart };
}

function lstat(path: string): FileFacts | undefined {
  const info = attempt(() => Deno.lstatSync(path));
  if (info === undefined) return undefined;
  const kind = info.isSymlink ? "link" : info.isDirectory ? "directory" : info.isFile ? "file" : "other";
  return { kind, identity: `${info.dev}:${info.ino}:${info.birthtime?.getTime() ?? ""}` };
}

function readLink(path: string): string | undefined {
  return attempt(() => Deno.readLinkSync(path));
}

function readStart(path: string): string | undefined {
  return attempt(() => {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!fstatSync(descriptor).isFile()) return undefined;
      const bytes = new Uint8Array(MAX_START_BYTES);
      const length = readSync(descriptor, bytes, 0, bytes.length, 0);
      return new TextDecoder().decode(bytes.subarray(0, length));
    } finally {
      closeSync(descriptor);
    }
  });
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

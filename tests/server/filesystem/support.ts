import { assertEquals } from "@std/assert";
import { RpcError } from "../../../protocol/mod.ts";
import { LocalFilesystem } from "../../../server/filesystem/local_filesystem.ts";

/** What is tested. */
export const filesystem = new LocalFilesystem();

/** Runs a test in a new directory and removes it. */
export function inTempDir(test: (dir: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const dir = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "exec-server-fs-" }));
    try {
      await test(dir);
    } finally {
      Deno.removeSync(dir, { recursive: true });
    }
  };
}

/** Asserts that an operation fails with exactly this code and text. */
export async function assertRefused(operation: () => unknown, code: number, message: string): Promise<void> {
  let failure: unknown;
  try {
    await operation();
  } catch (error) {
    failure = error;
  }
  if (!(failure instanceof RpcError)) throw new Error(`expected ${code} ${message}, got ${failure}`);
  assertEquals({ code: failure.code, message: failure.message }, { code, message });
}

/** Makes a fifo. */
export function makeFifo(path: string): void {
  const { success } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
  if (!success) throw new Error(`cannot make a fifo at ${path}`);
}

/** Descriptors this process has open of files below a directory. */
export function openDescriptors(below: string): number {
  return [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`).startsWith(below);
    } catch {
      return false;
    }
  }).length;
}

/** Inotify instances of this process that watch a directory. */
export function watchersOf(dir: string): number {
  const inode = ` ino:${(Deno.statSync(dir).ino ?? 0).toString(16)} `;
  return [...Deno.readDirSync("/proc/self/fdinfo")].filter(({ name }) => {
    try {
      return Deno.readTextFileSync(`/proc/self/fdinfo/${name}`).includes(inode);
    } catch {
      return false;
    }
  }).length;
}

/** UTF-8 bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of UTF-8 bytes. */
export function text(content: Uint8Array): string {
  return new TextDecoder().decode(content);
}

/** The texts of section 9.2. */
export const OS = {
  notFound: [-32004, "No such file or directory (os error 2)"],
  notDirectory: [-32603, "Not a directory (os error 20)"],
  isDirectory: [-32603, "Is a directory (os error 21)"],
  exists: [-32603, "File exists (os error 17)"],
  loop: [-32603, "Symbolic link loop (os error 40)"],
  nameTooLong: [-32603, "Filename too long (os error 36)"],
  notEmpty: [-32603, "Directory not empty (os error 39)"],
  badDescriptor: [-32603, "Bad file descriptor (os error 9)"],
  invalid: [-32600, "Invalid argument (os error 22)"],
  noDevice: [-32603, "No such device or address (os error 6)"],
  noSpace: [-32603, "No space left on device (os error 28)"],
} as const satisfies Record<string, readonly [number, string]>;

import { assert, assertEquals, assertRejects } from "@std/assert";
import { ClientError, readableFile, readFileText, writableFile } from "../../client/mod.ts";
import { type Filesystem, RpcError } from "../../protocol/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

/** A filesystem under test. */
export interface FilesystemSubject extends AsyncDisposable {
  readonly filesystem: Filesystem;
  /** Whether it has canonicalize, walk and file handles; 0.130.0 has none. */
  readonly newer: boolean;
  /** Whether it is behind a connection. */
  readonly remote: boolean;
}

const utf8 = new TextEncoder();

/** What every filesystem has to do, local or remote. */
export function filesystemSuite(
  name: string,
  open: () => Promise<FilesystemSubject>,
  options: { ignore?: boolean } = {},
): void {
  const test = (what: string, body: (subject: FilesystemSubject, dir: string) => Promise<void>) =>
    Deno.test({
      name: `${name}: ${what}`,
      ignore: options.ignore ?? false,
      fn: async () => {
        await using dir = await tempDir();
        await using subject = await open();
        await body(subject, dir.path);
      },
    });

  test("files are written, described, read and removed", async ({ filesystem, newer }, dir) => {
    const path = `${dir}/sp ace é %41.txt`;
    await filesystem.writeFile(path, utf8.encode("héllo"));
    assertEquals(await Deno.readTextFile(path), "héllo");
    assertEquals(new TextDecoder().decode(await filesystem.readFile(path)), "héllo");
    const { isFile, isDirectory, isSymlink, size, modifiedAtMs } = await filesystem.getMetadata(path);
    assertEquals({ isFile, isDirectory, isSymlink }, { isFile: true, isDirectory: false, isSymlink: false });
    assertEquals(size, newer ? 6 : NaN);
    assert(Math.abs(modifiedAtMs - Date.now()) < 60_000);
    await filesystem.remove(path);
    const error = await assertRejects(() => filesystem.readFile(path), RpcError, "No such file or directory");
    assertEquals(error.code, -32004);
    await filesystem.remove(path);
    await assertRejects(() => filesystem.remove(path, { force: false }), RpcError);
  });

  test("directories are made, listed, copied and removed", async ({ filesystem }, dir) => {
    await filesystem.createDirectory(`${dir}/a/b`);
    await filesystem.writeFile(`${dir}/a/f`, utf8.encode("x"));
    await assertRejects(() => filesystem.createDirectory(`${dir}/a`, { recursive: false }), RpcError, "File exists");
    const entries = await filesystem.readDirectory(`${dir}/a`);
    assertEquals(entries.toSorted((x, y) => x.fileName < y.fileName ? -1 : 1), [
      { fileName: "b", isDirectory: true, isFile: false },
      { fileName: "f", isDirectory: false, isFile: true },
    ]);
    await filesystem.copy(`${dir}/a`, `${dir}/c`, { recursive: true });
    assertEquals(await readFileText(filesystem, `${dir}/c/f`), "x");
    await assertRejects(() => filesystem.copy(`${dir}/a`, `${dir}/d`, { recursive: false }), RpcError, "recursive");
    await filesystem.remove(`${dir}/a`);
    await assertRejects(() => filesystem.readDirectory(`${dir}/a`), RpcError);
  });

  test("readFileText() takes UTF-8 and nothing else", async ({ filesystem }, dir) => {
    await Deno.writeFile(`${dir}/good`, utf8.encode("\ufeffgood é"));
    await Deno.writeFile(`${dir}/bad`, new Uint8Array([0x61, 0xff]));
    assertEquals(await readFileText(filesystem, `${dir}/good`), "\ufeffgood é");
    const error = await assertRejects(() => readFileText(filesystem, `${dir}/bad`), ClientError, "valid UTF-8");
    assertEquals(error.code, "invalidData");
  });

  test("canonicalize() and walk() give native paths", async ({ filesystem, newer }, dir) => {
    if (!newer) {
      await assertRejects(() => filesystem.canonicalize(dir), RpcError);
      return;
    }
    await Deno.mkdir(`${dir}/real dir`);
    await Deno.symlink(`${dir}/real dir`, `${dir}/link`);
    await Deno.writeTextFile(`${dir}/real dir/é`, "");
    assertEquals(await filesystem.canonicalize(`${dir}/link/é`), `${dir}/real dir/é`);
    const bounds = { maxDepth: 5, maxDirectories: 10, maxEntries: 10 };
    const walked = await filesystem.walk(dir, {
      ...bounds,
      followDirectorySymlinks: false,
      pruneHiddenDirectories: false,
    });
    assertEquals(walked, {
      entries: [{ path: `${dir}/real dir`, kind: "directory" }, { path: `${dir}/real dir/é`, kind: "file" }],
      errors: [],
      truncated: false,
    });
  });

  test("file handles read and write blocks", async ({ filesystem, newer }, dir) => {
    if (!newer) {
      await assertRejects(() => filesystem.open(`${dir}/f`, { mode: "replace" }), RpcError);
      return;
    }
    const out = await filesystem.open(`${dir}/f`, { mode: "replace" });
    await out.writeBlock(3, utf8.encode("def"));
    await out.writeBlock(0, utf8.encode("abc"));
    await out.close();
    await out.close();
    const file = await filesystem.open(`${dir}/f`);
    assertEquals(new TextDecoder().decode(await file.readBlock(2, 3)), "cde");
    assertEquals(new TextDecoder().decode(await file.readBlock(4, 100)), "ef");
    await file.close();
    await assertRejects(() => file.readBlock(0, 1), RpcError);
  });

  test("big files go through streams unchanged", async ({ filesystem, newer }, dir) => {
    const size = 5_000_000;
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) % 251);
    await Deno.writeFile(`${dir}/in`, bytes);
    const pieces = await Array.fromAsync(readableFile(filesystem, `${dir}/in`, { blockBytes: 300_000, inFlight: 3 }));
    assert(equal(join(pieces), bytes));
    if (!newer) return;
    const source = ReadableStream.from([
      bytes.subarray(0, 10),
      bytes.subarray(10, 1_700_000),
      bytes.subarray(1_700_000),
    ]);
    await source.pipeTo(writableFile(filesystem, `${dir}/out`, { blockBytes: 256_000 }));
    assert(equal(await Deno.readFile(`${dir}/out`), bytes));
  });

  test("a stream that is left early or fails leaves nothing open", async ({ filesystem, newer }, dir) => {
    if (!newer) return;
    await Deno.writeFile(`${dir}/in`, new Uint8Array(3_000_000));
    for (let i = 0; i < 140; i++) { // more than a connection may have open
      const reader = readableFile(filesystem, `${dir}/in`, { blockBytes: 1000 }).getReader();
      assertEquals((await reader.read()).value?.length, 1000);
      await reader.cancel();
    }
    for (let i = 0; i < 140; i++) {
      const writer = writableFile(filesystem, `${dir}/out`).getWriter();
      await writer.write(utf8.encode("x"));
      await writer.abort();
    }
    await assertRejects(() => readableFile(filesystem, `${dir}/none`).getReader().read(), RpcError, "No such file");
    const missing = writableFile(filesystem, `${dir}/none/out`).getWriter();
    missing.closed.catch(() => {});
    await assertRejects(() => missing.write(utf8.encode("x")), RpcError, "No such file");
    assertEquals(await Array.fromAsync(readableFile(filesystem, `${dir}/out`)), []);
  });

  test("empty files and files of exactly one block are whole", async ({ filesystem, newer }, dir) => {
    if (!newer) return;
    for (const size of [0, 1, 999, 1000, 1001, 2000]) {
      const bytes = new Uint8Array(size).fill(7);
      await ReadableStream.from([bytes]).pipeTo(writableFile(filesystem, `${dir}/f`, { blockBytes: 1000 }));
      assertEquals(await Deno.readFile(`${dir}/f`), bytes);
      const pieces = await Array.fromAsync(readableFile(filesystem, `${dir}/f`, { blockBytes: 1000 }));
      assertEquals(join(pieces), bytes);
    }
  });

  test("a relative path is refused", async ({ filesystem, remote }) => {
    if (!remote) return; // the wire takes none; a local one is taken from the working directory
    await assertRejects(async () => await filesystem.readFile("relative"), RpcError);
  });
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

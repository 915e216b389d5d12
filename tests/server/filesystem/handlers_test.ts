import { assert, assertEquals } from "@std/assert";
import { Base64Body, decodeParams, type MethodName } from "../../../protocol/mod.ts";
import { ByteBudget } from "../../../server/filesystem/byte_budget.ts";
import { FileHandles } from "../../../server/filesystem/file_handles.ts";
import { MissingWatch } from "../../../server/filesystem/missing_watch.ts";
import { filesystemHandlers } from "../../../server/handlers/filesystem.ts";
import { assertRefused, bytes, filesystem, inTempDir } from "./support.ts";

type Call = (method: MethodName, params: unknown) => Promise<unknown>;

function makeCall(readBudget = new ByteBudget(1 << 20), released = () => Promise.resolve()): Call {
  const handles = new FileHandles(filesystem);
  const watch = new MissingWatch(() => {});
  const { signal } = new AbortController();
  const handlers = filesystemHandlers({ filesystem, handles, watch, readBudget, signal, released });
  return async (method, params) => {
    const handler = handlers[method] as (params: unknown) => unknown;
    return await handler(decodeParams(method, params));
  };
}

const RESTRICTED = {
  permissions: { type: "managed", file_system: { type: "restricted", entries: [] }, network: "restricted" },
};
const UNRESTRICTED = {
  permissions: { type: "managed", file_system: { type: "unrestricted" }, network: "restricted" },
};

Deno.test(
  "content stays bytes and paths keep the form of the request",
  inTempDir(async (dir) => {
    const call = makeCall();
    assertEquals(await call("fs/writeFile", { path: `${dir}/a b`, dataBase64: "aGVsbG8=" }), {});
    const read = await call("fs/readFile", { path: `file://${dir}/a%20b` }) as { dataBase64: Base64Body };
    assert(read.dataBase64 instanceof Base64Body);
    assertEquals(read.dataBase64.bytes, bytes("hello"));
    assertEquals(await call("fs/canonicalize", { path: `file://${dir}/a%20b` }), { path: `file://${dir}/a%20b` });
    assertEquals(await call("fs/canonicalize", { path: `${dir}/a b` }), { path: `${dir}/a b` });
    const options = { maxDepth: 1, maxDirectories: 1, maxEntries: 5, followDirectorySymlinks: false };
    const entry = { path: `file://${dir}/a%20b`, kind: "file" };
    assertEquals(await call("fs/walk", { path: `file://${dir}`, options }), {
      entries: [entry],
      errors: [],
      truncated: false,
    });
  }),
);

Deno.test(
  "bad base64 is refused before the disk is touched",
  inTempDir(async (dir) => {
    const call = makeCall();
    const message = "fs/writeFile requires valid base64 dataBase64: Invalid symbol 42, offset 0.";
    await assertRefused(() => call("fs/writeFile", { path: `${dir}/f`, dataBase64: "*" }), -32600, message);
    assertEquals([...Deno.readDirSync(dir)], []);
    const chunk = { handleId: "none", offset: 0, chunk: "*" };
    await assertRefused(() => call("fs/writeBlock", chunk), -32602, "params.chunk: Invalid symbol 42, offset 0.");
  }),
);

Deno.test(
  "readBlock answers eof only when fewer bytes came",
  inTempDir(async (dir) => {
    const call = makeCall();
    Deno.writeTextFileSync(`${dir}/f`, "0123");
    assertEquals(await call("fs/open", { handleId: "h", path: `${dir}/f` }), { handleId: "h" });
    const exact = await call("fs/readBlock", { handleId: "h", offset: 0, len: 4 }) as { eof: boolean };
    const end = await call("fs/readBlock", { handleId: "h", offset: 4, len: 4 }) as { eof: boolean };
    assertEquals([exact.eof, end.eof], [false, true]);
    assertEquals(await call("fs/close", { handleId: "h" }), {});
    assertEquals(await call("fs/close", { handleId: "h" }), {});
  }),
);

Deno.test(
  "a large answer holds its bytes until it was taken",
  inTempDir(async (dir) => {
    Deno.writeFileSync(`${dir}/f`, new Uint8Array(100_000));
    const taken = Promise.withResolvers<void>();
    const budget = new ByteBudget(150_000);
    const call = makeCall(budget, () => taken.promise);
    await call("fs/readFile", { path: `${dir}/f` });
    let second = "waits";
    const reading = call("fs/readFile", { path: `${dir}/f` }).then(() => second = "answered");
    await call("fs/getMetadata", { path: `${dir}/f` });
    assertEquals(second, "waits");
    taken.resolve();
    await reading;
    await budget.acquire(150_000);
  }),
);

Deno.test(
  "a failed read gives its bytes back",
  inTempDir(async (dir) => {
    const budget = new ByteBudget(1 << 20);
    const call = makeCall(budget);
    const params = { handleId: "none", offset: 0, len: 1 << 20 };
    await assertRefused(() => call("fs/readBlock", params), -32004, "unknown file handle `none`");
    await assertRefused(
      () => call("fs/readBlock", { ...params, len: 2 ** 40 }),
      -32600,
      "file read block length must be between 1 and 1048576",
    );
    await budget.acquire(1 << 20);
    assertEquals([...Deno.readDirSync(dir)], []);
  }),
);

Deno.test(
  "without a router, every method with a sandbox refuses a restricted profile",
  inTempDir(async (dir) => {
    const call = makeCall();
    const path = `${dir}/new`;
    const options = { maxDepth: 0, maxDirectories: 0, maxEntries: 0, followDirectorySymlinks: false };
    const requests: [MethodName, Record<string, unknown>][] = [
      ["fs/readFile", { path }],
      ["fs/writeFile", { path, dataBase64: "" }],
      ["fs/createDirectory", { path }],
      ["fs/getMetadata", { path }],
      ["fs/readDirectory", { path }],
      ["fs/remove", { path }],
      ["fs/copy", { sourcePath: path, destinationPath: path, recursive: true }],
      ["fs/canonicalize", { path }],
      ["fs/walk", { path, options }],
      ["fs/open", { path, handleId: "h", mode: "replace" }],
    ];
    for (const [method, params] of requests) {
      const message = `sandboxed requests are not supported by this build: ${method} was not run`;
      await assertRefused(() => call(method, { ...params, sandbox: RESTRICTED }), -32600, message);
    }
    assertEquals([...Deno.readDirSync(dir)], []);
    await call("fs/createDirectory", { path, sandbox: UNRESTRICTED });
    await call("fs/readDirectory", { path, sandbox: { permissions: { type: "disabled" } } });
    await call("fs/readDirectory", { path, sandbox: null });
  }),
);

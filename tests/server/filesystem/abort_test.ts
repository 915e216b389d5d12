import { assertEquals, assertRejects } from "@std/assert";
import { decodeParams, RpcError } from "../../../protocol/mod.ts";
import { ByteBudget } from "../../../server/filesystem/byte_budget.ts";
import { FileHandles } from "../../../server/filesystem/file_handles.ts";
import { MissingWatch } from "../../../server/filesystem/missing_watch.ts";
import { serveFilesystem } from "../../../server/filesystem_service.ts";
import { filesystemHandlers } from "../../../server/handlers/filesystem.ts";
import { until } from "../../support/until.ts";
import { filesystem, inTempDir, openDescriptors } from "./support.ts";

const HOLE_BYTES = 2 ** 30;

Deno.test(
  "copy() of a tree that is aborted keeps whole files, cuts the half one to nothing and goes no further",
  inTempDir(async (dir) => {
    Deno.mkdirSync(`${dir}/from/sub`, { recursive: true });
    Deno.writeTextFileSync(`${dir}/from/small`, "content");
    Deno.writeTextFileSync(`${dir}/from/hole`, "");
    Deno.truncateSync(`${dir}/from/hole`, HOLE_BYTES);
    Deno.writeTextFileSync(`${dir}/from/sub/later`, "content");
    const aborting = new AbortController();
    const options = { recursive: true, signal: aborting.signal };
    const copying = assertRejects(() => filesystem.copy(`${dir}/from`, `${dir}/to`, options), RpcError);
    await until("both files were begun", () => (size(`${dir}/to/hole`) ?? 0) > 0 && size(`${dir}/to/small`) === 7);
    aborting.abort();
    await copying;
    assertEquals([size(`${dir}/to/hole`), size(`${dir}/to/small`), size(`${dir}/to/sub`)], [0, 7, undefined]);
    assertEquals(openDescriptors(dir), 0);
  }),
);

Deno.test(
  "copy() and walk() do nothing when they are aborted already",
  inTempDir(async (dir) => {
    Deno.writeTextFileSync(`${dir}/f`, "content");
    Deno.writeTextFileSync(`${dir}/old`, "old");
    const signal = AbortSignal.abort();
    await assertRejects(() => filesystem.copy(`${dir}/f`, `${dir}/old`, { recursive: false, signal }), RpcError);
    assertEquals(Deno.readTextFileSync(`${dir}/old`), "old");
    const bounds = { maxDepth: 1, maxDirectories: 1, maxEntries: 1 };
    const options = { ...bounds, followDirectorySymlinks: false, pruneHiddenDirectories: false, signal };
    await assertRejects(() => filesystem.walk(dir, options), RpcError);
  }),
);

Deno.test(
  "a service of files that is disposed of stops its copies",
  inTempDir(async (dir) => {
    Deno.writeTextFileSync(`${dir}/hole`, "");
    Deno.truncateSync(`${dir}/hole`, HOLE_BYTES);
    const service = serveFilesystem(filesystem, () => Promise.resolve());
    const params = { sourcePath: `${dir}/hole`, destinationPath: `${dir}/copy`, recursive: false };
    const copy = () => service.handlers["fs/copy"]?.(decodeParams("fs/copy", params) as never);
    const copying = assertRejects(async () => await copy(), RpcError);
    await until("the copy has begun", () => (size(`${dir}/copy`) ?? 0) > 0);
    await service[Symbol.asyncDispose]();
    await copying;
    assertEquals(size(`${dir}/copy`), 0);
  }),
);

Deno.test(
  "fs/readFile that waited for memory reads nothing when its client is gone meanwhile",
  inTempDir(async (dir) => {
    Deno.writeFileSync(`${dir}/f`, new Uint8Array(100_000));
    const readBudget = new ByteBudget(100_000), gone = new AbortController();
    const handlers = filesystemHandlers({
      filesystem,
      handles: new FileHandles(filesystem),
      watch: new MissingWatch(() => {}),
      readBudget,
      signal: gone.signal,
      released: () => Promise.resolve(),
    });
    const read = () => handlers["fs/readFile"]?.(decodeParams("fs/readFile", { path: `${dir}/f` }) as never);
    await readBudget.acquire(100_000);
    const waiting = assertRejects(async () => await read(), RpcError);
    await until("it waits with the file open", () => openDescriptors(dir) === 1);
    gone.abort();
    readBudget.release(100_000);
    await waiting;
    await until("it has given back what it held", () => readBudget.acquire(1) === undefined);
    assertEquals(openDescriptors(dir), 0);
  }),
);

function size(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch {
    return undefined;
  }
}

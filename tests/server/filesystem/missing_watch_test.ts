import { assertEquals } from "@std/assert";
import { MissingWatch } from "../../../server/filesystem/missing_watch.ts";
import { inTempDir, watchersOf } from "./support.ts";

class Watched {
  readonly fired: number[] = [];
  readonly watch = new MissingWatch((watchId) => {
    this.fired.push(watchId);
    this.#next?.resolve(watchId);
    this.#next = undefined;
  });
  #next: PromiseWithResolvers<number> | undefined;
  #id = 0;

  start(missing: string[], present?: string): Promise<boolean> {
    return this.watch.watch({ watchId: ++this.#id, missing, present });
  }

  /** Does something and waits until the current watch has fired. */
  async after(action: () => void): Promise<void> {
    this.#next = Promise.withResolvers();
    const next = this.#next.promise;
    action();
    assertEquals(await next, this.#id);
  }
}

function write(path: string): void {
  Deno.writeTextFileSync(path, "x");
}

function watching(test: (watched: Watched, dir: string) => Promise<void>): () => Promise<void> {
  return inTempDir(async (dir) => {
    const watched = new Watched();
    await test(watched, dir);
    watched.watch.close();
    assertEquals(watchersOf(dir), 0);
  });
}

Deno.test(
  "a missing path fires when it is made, renamed in, linked, or made for a moment",
  watching(async (watched, dir) => {
    assertEquals(await watched.start([`${dir}/a`, `${dir}/b`]), true);
    assertEquals(watchersOf(dir), 1);
    await watched.after(() => write(`${dir}/a`));
    assertEquals(await watched.start([`${dir}/b`]), true);
    await watched.after(() => Deno.renameSync(`${dir}/a`, `${dir}/b`));
    assertEquals(await watched.start([`${dir}/c`]), true);
    await watched.after(() => Deno.symlinkSync("nowhere", `${dir}/c`));
    assertEquals(await watched.start([`${dir}/d`]), true);
    await watched.after(() => {
      write(`${dir}/d`);
      Deno.removeSync(`${dir}/d`);
    });
    assertEquals(watched.fired, [1, 2, 3, 4]);
  }),
);

Deno.test(
  "a missing ancestor fires, also behind links and after directories were replaced",
  watching(async (watched, dir) => {
    assertEquals(await watched.start([`${dir}/a/b/c`]), true);
    await watched.after(() => Deno.mkdirSync(`${dir}/a`));
    Deno.symlinkSync("target", `${dir}/link`);
    assertEquals(await watched.start([`${dir}/link/x`]), true);
    await watched.after(() => Deno.mkdirSync(`${dir}/target`));
    Deno.mkdirSync(`${dir}/a/b`);
    Deno.mkdirSync(`${dir}/other/b/c`, { recursive: true });
    assertEquals(await watched.start([`${dir}/a/b/c`]), true);
    await watched.after(() => {
      Deno.renameSync(`${dir}/a`, `${dir}/old`);
      Deno.renameSync(`${dir}/other`, `${dir}/a`);
    });
  }),
);

Deno.test(
  "a removed parent is watched for again",
  watching(async (watched, dir) => {
    Deno.mkdirSync(`${dir}/a`);
    assertEquals(await watched.start([`${dir}/a/b`]), true);
    Deno.removeSync(`${dir}/a`);
    await watched.after(() => Deno.mkdirSync(`${dir}/a/b`, { recursive: true }));
  }),
);

Deno.test(
  "the present path fires when it is modified or removed",
  watching(async (watched, dir) => {
    write(`${dir}/p`);
    assertEquals(await watched.start([`${dir}/m`], `${dir}/p`), true);
    await watched.after(() => write(`${dir}/p`));
    Deno.symlinkSync("p", `${dir}/link`);
    assertEquals(await watched.start([`${dir}/m`], `${dir}/link`), true);
    await watched.after(() => write(`${dir}/p`));
    assertEquals(await watched.start([`${dir}/m`], `${dir}/p`), true);
    await watched.after(() => Deno.removeSync(`${dir}/p`));
    assertEquals(await watched.start([`${dir}/m`], `${dir}/p`), false);
  }),
);

Deno.test(
  "siblings, readers and replaced watches do not fire, and nothing fires twice",
  watching(async (watched, dir) => {
    Deno.mkdirSync(`${dir}/d`);
    write(`${dir}/p`);
    assertEquals(await watched.start([`${dir}/old`]), true);
    assertEquals(await watched.start([`${dir}/d/m`], `${dir}/p`), true);
    write(`${dir}/old`);
    write(`${dir}/d/sibling`);
    Deno.readTextFileSync(`${dir}/p`);
    await watched.after(() => write(`${dir}/d/m`));
    assertEquals(await watched.start([`${dir}/q`]), true);
    await watched.after(() => write(`${dir}/q`));
    assertEquals(watched.fired, [2, 3]);
  }),
);

Deno.test(
  "what cannot be watched is answered false",
  watching(async (watched, dir) => {
    Deno.symlinkSync("nowhere", `${dir}/dangling`);
    const { watch } = watched;
    const paths = (count: number) => Array.from({ length: count }, (_, i) => `${dir}/m${i}`);
    assertEquals(await watch.watch({ watchId: 5, missing: paths(64) }), true);
    assertEquals(await watch.watch({ watchId: 5, missing: paths(1) }), false);
    assertEquals(await watch.watch({ watchId: 4, missing: paths(1) }), false);
    await new Promise((resolve) => {
      const other = new MissingWatch(resolve);
      other.watch({ watchId: 0, missing: [`${dir}/m63`] }).then(() => write(`${dir}/m63`));
    });
    assertEquals(await watch.watch({ watchId: 6, missing: [] }), false);
    assertEquals(await watch.watch({ watchId: 7, missing: paths(65) }), false);
    assertEquals(await watch.watch({ watchId: 8, missing: [dir] }), false);
    assertEquals(await watch.watch({ watchId: 9, missing: [`${dir}/dangling`] }), false);
    assertEquals(await watch.watch({ watchId: 10, missing: paths(1), present: `${dir}/nope` }), false);
    watch.close();
    assertEquals(await watch.watch({ watchId: 11, missing: paths(1) }), false);
  }),
);

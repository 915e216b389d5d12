import { assertEquals } from "@std/assert";
import { assertRefused, bytes, filesystem, inTempDir, makeFifo, openDescriptors, OS } from "./support.ts";

Deno.test(
  "a fifo never blocks",
  inTempDir(async (dir) => {
    const fifo = `${dir}/fifo`;
    makeFifo(fifo);
    const notAFile = `path \`${fifo}\` is not a file`;
    await assertRefused(() => filesystem.readFile(fifo), -32600, notAFile);
    await assertRefused(
      () => filesystem.readFile(fifo, { followSymlinks: false }),
      -32600,
      "path is not a regular file",
    );
    await assertRefused(() => filesystem.open(fifo), -32600, notAFile);
    await assertRefused(() => filesystem.writeFile(fifo, bytes("x")), ...OS.noDevice);
    await assertRefused(() => filesystem.open(fifo, { mode: "replace" }), ...OS.noDevice);
    Deno.writeTextFileSync(`${dir}/f`, "x");
    await assertRefused(() => filesystem.copy(`${dir}/f`, fifo, { recursive: false }), ...OS.noDevice);
  }),
);

const SWAPS = 3_000;
const SWAPPER = `self.onmessage = ({ data: dir }) => {
  for (let i = 0; i < ${SWAPS}; i++) {
    Deno.symlinkSync(i % 2 ? "file" : "fifo", dir + "/tmp");
    Deno.renameSync(dir + "/tmp", dir + "/p");
  }
  self.postMessage("done");
};`;

Deno.test(
  "a fifo swapped in for a file by another thread never blocks",
  inTempDir(async (dir) => {
    makeFifo(`${dir}/fifo`);
    Deno.writeTextFileSync(`${dir}/file`, "x");
    Deno.symlinkSync("file", `${dir}/p`);
    const worker = new Worker(`data:application/javascript,${encodeURIComponent(SWAPPER)}`, { type: "module" });
    let swapping = true;
    const done = new Promise<void>((resolve) => {
      worker.onmessage = () => {
        swapping = false;
        resolve();
      };
    });
    worker.postMessage(dir);
    const path = `${dir}/p`;
    const outcomes = new Set<string>();
    while (swapping) {
      await filesystem.readFile(path).then(() => outcomes.add("read"), (error) => outcomes.add(error.message));
      await filesystem.open(path).then((file) => file.close(), (error) => outcomes.add(error.message));
      await new Promise((resolve) => setTimeout(resolve));
    }
    await done;
    worker.terminate();
    outcomes.delete("read");
    outcomes.delete(`path \`${path}\` is not a file`);
    assertEquals([...outcomes], []);
    assertEquals(openDescriptors(dir), 0);
  }),
);

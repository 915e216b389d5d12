import { assertEquals } from "@std/assert";
import { FileHandles } from "../../../server/filesystem/file_handles.ts";
import { assertRefused, bytes, filesystem, inTempDir, openDescriptors, OS, text } from "./support.ts";

const READ_LENGTH = "file read block length must be between 1 and 1048576";
const WRITE_LENGTH = "file write block length must be between 1 and 1048576";

function withHandles(test: (handles: FileHandles, dir: string) => Promise<void>): () => Promise<void> {
  return inTempDir(async (dir) => {
    Deno.writeTextFileSync(`${dir}/f`, "0123456789");
    const handles = new FileHandles(filesystem);
    await test(handles, dir);
    await handles.closeAll();
    assertEquals(openDescriptors(dir), 0);
  });
}

Deno.test(
  "readBlock() is positional and stays on the opened file",
  withHandles(async (handles, dir) => {
    await handles.open("h", `${dir}/f`, {});
    Deno.removeSync(`${dir}/f`);
    const blocks: [offset: number, length: number, content: string][] = [
      [6, 4, "6789"],
      [0, 4, "0123"],
      [8, 4, "89"],
      [10, 4, ""],
      [100, 4, ""],
      [2 ** 53, 4, ""],
      [0, 1_048_576, "0123456789"],
    ];
    for (const [offset, length, content] of blocks) {
      assertEquals(text(await handles.readBlock("h", offset, length)), content);
    }
  }),
);

Deno.test(
  "length checks do not close a handle, failures do",
  withHandles(async (handles, dir) => {
    const unknown = [-32004, "unknown file handle `h`"] as const;
    await handles.open("h", `${dir}/f`, {});
    await assertRefused(() => handles.readBlock("h", 0, 0), -32600, READ_LENGTH);
    await assertRefused(() => handles.readBlock("h", 0, 1_048_577), -32600, READ_LENGTH);
    await assertRefused(() => handles.writeBlock("h", 0, bytes("")), -32600, WRITE_LENGTH);
    await assertRefused(() => handles.writeBlock("h", 0, new Uint8Array(1_048_577)), -32600, WRITE_LENGTH);
    assertEquals(text(await handles.readBlock("h", 0, 1)), "0");
    await assertRefused(() => handles.writeBlock("h", 0, bytes("x")), ...OS.badDescriptor);
    await assertRefused(() => handles.readBlock("h", 0, 1), ...unknown);
    await handles.open("h", `${dir}/f`, {});
    await assertRefused(() => handles.readBlock("h", 2 ** 64, 1), ...OS.invalid);
    await assertRefused(() => handles.readBlock("h", 0, 1), ...unknown);
    await handles.open("h", `${dir}/f`, { mode: "replace" });
    await assertRefused(() => handles.readBlock("h", 0, 1), ...OS.badDescriptor);
    await assertRefused(() => handles.writeBlock("h", 0, bytes("x")), ...unknown);
    await handles.close("h");
  }),
);

Deno.test(
  "writeBlock() writes at once, in any order, with zeros in gaps",
  withHandles(async (handles, dir) => {
    await handles.open("w", `${dir}/f`, { mode: "replace" });
    assertEquals(Deno.readTextFileSync(`${dir}/f`), "");
    await handles.writeBlock("w", 4, bytes("end"));
    await handles.writeBlock("w", 0, bytes("ab"));
    assertEquals(Deno.readTextFileSync(`${dir}/f`), "ab\0\0end");
    await assertRefused(() => handles.writeBlock("w", 2 ** 60, bytes("x")), -32603, "File too large (os error 27)");
  }),
);

Deno.test(
  "open() errors, in their order",
  withHandles(async (handles, dir) => {
    await handles.open("h", `${dir}/f`, {});
    await assertRefused(() => handles.open("h", `${dir}/nope`, {}), -32600, "file handle `h` already exists");
    await assertRefused(() => handles.open("m", `${dir}/nope`, {}), ...OS.notFound);
    await assertRefused(() => handles.open("m", dir, {}), -32600, `path \`${dir}\` is not a file`);
    await assertRefused(() => handles.open("m", dir, { mode: "replace" }), ...OS.isDirectory);
    await assertRefused(() => handles.open("m", `${dir}/no/x`, { mode: "replace" }), ...OS.notFound);
    const tooLong = "file handle ID must not exceed 32 bytes";
    await assertRefused(() => handles.open("é".repeat(17), `${dir}/f`, {}), -32600, tooLong);
    await handles.open("é".repeat(16), `${dir}/f`, {});
    await handles.open("", `${dir}/f`, {});
  }),
);

Deno.test(
  "at most 128 handles are open, however many are asked for at once",
  withHandles(async (handles, dir) => {
    const opened = await Promise.allSettled(
      Array.from({ length: 140 }, (_, i) => handles.open(`h${i}`, `${dir}/f`, {})),
    );
    const refused = opened.filter((result) => result.status === "rejected");
    assertEquals(refused.length, 12);
    assertEquals(refused[0]?.reason.message, "at most 128 file handles may be open per connection");
    await handles.close("h0");
    await handles.open("again", `${dir}/f`, {});
  }),
);

Deno.test(
  "calls on one handle keep their order without waiting for answers",
  withHandles(async (handles, dir) => {
    const calls = [
      handles.open("h", `${dir}/new`, { mode: "replace" }),
      ...Array.from({ length: 50 }, (_, i) => handles.writeBlock("h", 0, bytes(String(i).padStart(2, "0")))),
      handles.close("h"),
      handles.open("h", `${dir}/new`, {}),
    ];
    const read = handles.readBlock("h", 0, 10);
    await Promise.all(calls);
    assertEquals(text(await read), "49");
  }),
);

Deno.test(
  "closeAll() closes what is being opened",
  withHandles(async (handles, dir) => {
    const opening = handles.open("h", `${dir}/f`, {});
    await handles.closeAll();
    await opening;
    await assertRefused(() => handles.readBlock("h", 0, 1), -32004, "unknown file handle `h`");
  }),
);

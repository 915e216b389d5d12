import { assert, assertEquals } from "@std/assert";
import { makeFifo } from "../server/filesystem/support.ts";
import { assertOutcomes, bytes, OS, scene } from "../sandbox_helper/support.ts";
import { VARIANTS } from "./variants.ts";

const recursive = { recursive: true }, single = { recursive: false };
const walkAll = {
  maxDepth: 64,
  maxDirectories: 10_000,
  maxEntries: 50_000,
  followDirectorySymlinks: false,
  pruneHiddenDirectories: false,
};
const linux = { ignore: Deno.build.os !== "linux" };

/** Runs a shell command that sets something up. */
function shell(command: string): void {
  const { success, stderr } = new Deno.Command("sh", { args: ["-c", command], stderr: "piped" }).outputSync();
  assert(success, new TextDecoder().decode(stderr));
}

for (const { name, options, ignore } of VARIANTS.filter(({ owner }) => owner === undefined)) {
  Deno.test({
    name: `special files: ${name} never wait for them`,
    ignore,
    fn: async () => {
      await using place = await scene(options);
      const { inside } = place;
      const files = place.under("w $/inside");
      makeFifo(`${inside}/p`);
      using listener = Deno.listen({ transport: "unix", path: `${inside}/s` });
      assert(listener.addr.transport === "unix");
      const notAFile = (path: string) => `-32600 path \`${path}\` is not a file`;
      const unsupported = "-32600 fs/copy only supports regular files, directories, and symlinks";
      await assertOutcomes({
        "read a fifo": [() => files.readFile(`${inside}/p`), notAFile(`${inside}/p`)],
        "write a fifo": [() => files.writeFile(`${inside}/p`, bytes("x")), OS.noDevice],
        "open a fifo": [() => files.open(`${inside}/p`), notAFile(`${inside}/p`)],
        "replace a fifo": [() => files.open(`${inside}/p`, { mode: "replace" }), notAFile(`${inside}/p`)],
        "copy a fifo": [() => files.copy(`${inside}/p`, `${inside}/q`, single), unsupported],
        "copy onto a fifo": [() => files.copy(`${inside}/note.txt`, `${inside}/p`, single), OS.noDevice],
        "read a socket": [() => files.readFile(`${inside}/s`), notAFile(`${inside}/s`)],
        "write a socket": [() => files.writeFile(`${inside}/s`, bytes("x")), OS.noDevice],
        "list a fifo": [() => files.readDirectory(`${inside}/p`), OS.notDirectory],
        "remove a fifo": [() => files.remove(`${inside}/p`), "ok"],
      });
    },
  });

  Deno.test({
    name: `special files: ${name} open no device`,
    ignore: ignore || Deno.uid() !== 0,
    fn: async () => {
      await using place = await scene(options);
      const { inside } = place;
      shell(`mknod ${inside}/zero c 1 5 && mknod ${inside}/loop b 7 99`);
      const files = place.under("w $/inside", "w /dev");
      for (const path of [`${inside}/zero`, `${inside}/loop`, "/dev/zero", "/dev/tty"]) {
        await assertOutcomes({
          [`read ${path}`]: [() => files.readFile(path), `-32600 path \`${path}\` is not a file`],
          [`write ${path}`]: [() => files.writeFile(path, bytes("x")), OS.noDevice],
        });
      }
      assertEquals((await files.getMetadata(`${inside}/zero`)).isFile, false);
    },
  });
}

Deno.test("names that are not UTF-8 are listed, walked, copied and removed", linux, async () => {
  await using place = await scene();
  const { inside } = place;
  const files = place.under("w $/inside");
  // the shell makes names that Deno cannot say
  shell(`cd ${inside} && mkdir -p t/d && cd t && printf x > "$(printf 'a\\377b')" && mkdir "$(printf 'd/\\376')" &&
    printf y > "$(printf 'd/\\376/\\303\\251')" && ln -s "$(printf '\\377')" l`);
  assertEquals((await files.readDirectory(`${inside}/t`)).map(({ fileName }) => fileName).sort(), ["a\ufffdb", "d"]);
  const { entries, errors } = await files.walk(`${inside}/t`, walkAll);
  assertEquals(errors, []);
  assertEquals(entries.map(({ path }) => path.slice(inside.length)).sort(), [
    "/t/a\ufffdb",
    "/t/d",
    "/t/d/\ufffd",
    "/t/d/\ufffd/é",
  ]);
  await files.copy(`${inside}/t`, `${inside}/u`, recursive);
  shell(`cd ${inside} && diff -r --no-dereference t u`);
  await files.remove(`${inside}/t`);
  await files.remove(`${inside}/u`);
  assertEquals((await files.readDirectory(inside)).map(({ fileName }) => fileName), ["note.txt"]);
  // a name of the peer never stands for other bytes than its own
  shell(`printf x > "$(printf '${inside}/\\377')"`);
  await assertOutcomes({ "a lone surrogate": [() => files.readFile(`${inside}/\udcff`), OS.notFound] });
});

Deno.test("paths and names of the greatest length hold, longer ones are refused", linux, async () => {
  await using place = await scene();
  const { inside } = place;
  const files = place.under("w $/inside");
  const name = "n".repeat(255);
  let path = inside;
  while (path.length + 260 < 4096) {
    path += `/${name}`;
    await files.createDirectory(path);
  }
  const rest = 4095 - path.length - 1;
  const longest = `${path}/${"x".repeat(Math.min(rest, 255))}`;
  await files.writeFile(longest, bytes("deep"));
  assertEquals(new TextDecoder().decode(await files.readFile(longest)), "deep");
  await assertOutcomes({
    "a name of 256 bytes": [() => files.writeFile(`${inside}/${"x".repeat(256)}`, bytes("")), OS.tooLong],
    "a name of 256 bytes in fewer characters": [
      () => files.writeFile(`${inside}/${"é".repeat(128)}`, bytes("")),
      OS.tooLong,
    ],
    "a path of 4096 bytes": [() => files.readFile(`${inside}/${"x/".repeat(2048)}`), OS.tooLong],
    "a path of 100 KB": [() => files.readFile(`/${"x".repeat(100_000)}`), OS.tooLong],
  });
  await files.remove(`${inside}/${name}`);
  assertEquals((await files.readDirectory(inside)).map(({ fileName }) => fileName), ["note.txt"]);
});

Deno.test("deep trees are copied and removed, also deeper than a path can say", linux, async () => {
  await using place = await scene();
  const { inside } = place;
  const files = place.under("w $/inside");
  const half = "dddddd/".repeat(500);
  shell(`cd ${inside} && mkdir -p deep/${half} other/${half} && echo end > other/${half}f && mv other deep/${half}`);
  await files.copy(`${inside}/deep`, `${inside}/copy`, recursive);
  shell(
    `cd ${inside} && test "$(find copy | wc -l)" = "$(find deep | wc -l)" && test "$(find copy -name f | wc -l)" = 1`,
  );
  await files.remove(`${inside}/deep`);
  await files.remove(`${inside}/copy`);
  assertEquals((await files.readDirectory(inside)).length, 1);
});

Deno.test("large directories are listed, walked and removed, and small calls pass meanwhile", linux, async () => {
  await using place = await scene();
  const { inside } = place;
  const files = place.under("w $/inside");
  const count = Number(Deno.env.get("ATTACK_ENTRIES") ?? 100_000);
  shell(`mkdir ${inside}/big && cd ${inside}/big && seq -f f%.0f ${count} | xargs touch`);
  assertEquals((await files.readDirectory(`${inside}/big`)).length, count);
  const { entries, truncated } = await files.walk(`${inside}/big`, walkAll);
  assertEquals([entries.length, truncated], [Math.min(count, 50_000), count > 50_000]);
  let done = false, small = 0;
  const removing = files.remove(`${inside}/big`).finally(() => done = true);
  while (!done) {
    await files.readFile(`${inside}/note.txt`);
    small++;
  }
  await removing;
  assert(small > 3, `${small} small calls`);
});

Deno.test("roots with a comma, a newline and other characters grant themselves and nothing else", linux, async () => {
  for (const name of ["with,comma", "new\nline", "a b", "é😀", "*", "[x]", "back\\slash", "=,,", "%41"]) {
    await using place = await scene();
    const root = `${place.root}/${name}`;
    Deno.mkdirSync(root);
    Deno.writeTextFileSync(`${root}/f`, "x");
    for (const part of name.split(",")) if (part !== "" && part !== name) Deno.mkdirSync(`${place.root}/${part}`);
    Deno.writeTextFileSync(`${place.root}/A`, "secret!");
    const files = place.pool.filesystem({
      entries: [{ path: root, access: "write" }],
      denyGlobs: [],
      fullRead: false,
      fullWrite: false,
    });
    assertEquals((await files.readFile(`${root}/f`)).length, 1);
    await files.writeFile(`${root}/g`, bytes("x"));
    await assertOutcomes({
      [name]: [() => files.readFile(`${place.outside}/secret.txt`), OS.notFound],
      [`${name}: neighbour`]: [() => files.readFile(`${place.root}/A`), OS.notFound],
      [`${name}: root`]: [() => files.readFile("/etc/hostname"), OS.notFound],
    });
  }
});

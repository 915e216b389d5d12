import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startServer } from "../support/test_server.ts";
import { tempDir } from "../support/temp_dir.ts";
import { command } from "./command.ts";

const fs = (...args: string[]) => command(["fs", ...args]);

Deno.test("fs: ls, stat and cat show what is there", async () => {
  await using server = await startServer();
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/sub`);
  await Deno.writeTextFile(`${dir.path}/b.txt`, "content\n");
  await Deno.writeTextFile(`${dir.path}/a`, "x");
  await Deno.symlink("a", `${dir.path}/link`);
  const at = ["--url", server.url, "--cwd", dir.path];
  assertEquals((await fs("ls", ...at)).text, "a\nb.txt\nlink\nsub/\n");
  const { text: long } = await fs("ls", "-l", ...at, ".");
  assert(/^directory +\d+ {2}20.*Z {2}sub$/m.test(long), long);
  assert(/^file +8 {2}20.*Z {2}b\.txt$/m.test(long), long);
  assertEquals((await fs("cat", ...at, "a", "b.txt")).text, "xcontent\n");
  const { text: stat } = await fs("stat", ...at, "link");
  assertStringIncludes(stat, `path      ${dir.path}/link\nkind      file, by a link\nsize      1\n`);
  const { text: json } = await fs("stat", "--json", ...at, "sub");
  assertEquals((JSON.parse(json) as { isDirectory: boolean }).isDirectory, true);
});

Deno.test("fs: put and get move big files byte for byte, through files and pipes", async () => {
  await using server = await startServer();
  await using dir = await tempDir();
  // several blocks and a bit
  const bytes = new Uint8Array(5 * 1024 * 1024 + 12_345);
  for (let i = 0; i < bytes.length; i += 65_536) crypto.getRandomValues(bytes.subarray(i, i + 65_536));
  await Deno.writeFile(`${dir.path}/local`, bytes);
  await Deno.mkdir(`${dir.path}/there`);
  await Deno.writeTextFile(`${dir.path}/there/old`, "longer than nothing");
  const at = ["--url", server.url, "--cwd", `${dir.path}/there`];
  const put = await fs("put", ...at, `${dir.path}/local`, "copy");
  // progress is for terminals
  assertEquals({ ...put, stdout: 0 }, { code: 0, stdout: 0, text: "", stderr: "" });
  assertSame(await Deno.readFile(`${dir.path}/there/copy`), bytes);
  assertEquals((await fs("put", ...at, `${dir.path}/local`, `${dir.path}/there`)).code, 0);
  assertSame(await Deno.readFile(`${dir.path}/there/local`), bytes);
  assertEquals((await command(["fs", "put", ...at, "-", "piped"], { stdin: bytes })).code, 0);
  assertSame(await Deno.readFile(`${dir.path}/there/piped`), bytes);
  assertEquals((await command(["fs", "put", ...at, "-", "old"], { stdin: new Uint8Array() })).code, 0);
  assertEquals((await Deno.stat(`${dir.path}/there/old`)).size, 0);

  await Deno.mkdir(`${dir.path}/here`);
  assertEquals((await command(["fs", "get", ...at, "copy"], { cwd: `${dir.path}/here` })).code, 0);
  assertSame(await Deno.readFile(`${dir.path}/here/copy`), bytes);
  assertSame((await fs("get", ...at, "copy", "-")).stdout, bytes);
  assertEquals((await fs("get", ...at, "old", `${dir.path}/here/empty`)).code, 0);
  assertEquals((await Deno.stat(`${dir.path}/here/empty`)).size, 0);
  assertEquals([...Deno.readDirSync(`${dir.path}/here`)].map(({ name }) => name).toSorted(), ["copy", "empty"]);
});

Deno.test("fs: what fails ends with 1, names the reason and leaves nothing behind", async () => {
  await using server = await startServer();
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/sub`);
  const at = ["--url", server.url, "--cwd", dir.path];
  const cases: [string[], string][] = [
    [["ls", ...at, "missing"], "No such file or directory (os error 2)"],
    [["cat", ...at, "missing"], "No such file or directory (os error 2)"],
    [["stat", ...at, "missing"], "No such file or directory (os error 2)"],
    [["get", ...at, "missing", dir.path], "No such file or directory (os error 2)"],
    [["get", ...at, "sub", `${dir.path}/x`], "not a"],
    [["put", ...at, `${dir.path}/missing`, "x"], "No such file or directory"],
    [["put", ...at, `${dir.path}/sub`, "x"], "is a directory"],
    [["put", ...at, "/etc/hostname", "no/such/dir"], "No such file or directory (os error 2)"],
    [["ls", "--url", "ws://127.0.0.1:1"], "failed to connect to exec-server websocket `ws://127.0.0.1:1`"],
  ];
  await Promise.all(cases.map(async ([args, reason]) => {
    const { code, text, stderr } = await fs(...args);
    assertEquals({ code, text }, { code: 1, text: "" }, args.join(" "));
    assert(stderr.startsWith("Error: ") && stderr.includes(reason), `${args.join(" ")}: ${stderr}`);
  }));
  assertEquals([...Deno.readDirSync(dir.path)].map(({ name }) => name), ["sub"]);
  assertEquals((await fs("put", "only-one")).code, 2);
  assertEquals((await fs("frobnicate")).code, 2);
});

Deno.test("fs: --sandbox holds, by name and by a profile of a file", async () => {
  await using server = await startServer();
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/ws/private`, { recursive: true });
  await Deno.writeTextFile(`${dir.path}/ws/private/key`, "secret");
  await Deno.writeTextFile(`${dir.path}/ws/open`, "open");
  await Deno.writeTextFile(
    `${dir.path}/profile.jsonc`,
    `{ // everything but the key
      "type": "managed", "network": "restricted",
      "file_system": { "type": "restricted", "entries": [
        { "path": { "type": "special", "value": { "kind": "root" } }, "access": "read" },
        { "path": { "type": "special", "value": { "kind": "project_roots" } }, "access": "write" },
        { "path": { "type": "path", "path": "${dir.path}/ws/private" }, "access": "deny" },
      ] },
    }`,
  );
  const input = { stdin: new TextEncoder().encode("new") };
  const at = ["--url", server.url, "--cwd", `${dir.path}/ws`];
  const put = (sandbox: string[], path: string) => command(["fs", "put", ...at, ...sandbox, "-", path], input);
  assertEquals((await put(["--sandbox", "read-only"], "open")).code, 1);
  assertEquals(await Deno.readTextFile(`${dir.path}/ws/open`), "open");
  const profile = ["--sandbox", `${dir.path}/profile.jsonc`];
  assertEquals((await put(profile, "open")).code, 0);
  assertEquals(await Deno.readTextFile(`${dir.path}/ws/open`), "new");
  assertEquals((await fs("cat", ...at, ...profile, "open")).text, "new");
  assertEquals((await fs("cat", ...at, ...profile, "private/key")).text, "");
  assertEquals((await put(profile, "../outside")).code, 1);
  // the negative control
  assertEquals((await fs("cat", ...at, "private/key")).text, "secret");

  await Deno.writeTextFile(`${dir.path}/bad.jsonc`, '{ "type": "managed" }');
  const bad = await fs("cat", ...at, "--sandbox", `${dir.path}/bad.jsonc`, "open");
  assertEquals(bad.code, 1);
  assertStringIncludes(bad.stderr, `invalid permission profile \`${dir.path}/bad.jsonc\`: profile.`);
});

function assertSame(actual: Uint8Array, expected: Uint8Array): void {
  assertEquals(actual.length, expected.length);
  assert(actual.every((byte, i) => byte === expected[i]), "the content differs");
}

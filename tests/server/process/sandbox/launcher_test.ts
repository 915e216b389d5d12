import { assert, assertEquals } from "@std/assert";
import { seccompProgram } from "../../../../sandbox/mod.ts";
import { launcherImage } from "../../../../sandbox/process/launcher/launcher_image.ts";
import { closeDescriptors, openPipe } from "../../../../server/posix/descriptors.ts";
import { errnoText } from "../../../../sandbox/posix/errno.ts";
import { openLibc } from "../../../../server/posix/libc.ts";
import { memoryFile } from "../../../../server/posix/memory_file.ts";
import { PosixSpawner } from "../../../../server/process/posix_spawner.ts";
import { runTrial } from "../../../../server/process/sandbox/trial.ts";

type Options = Partial<Parameters<typeof launcherImage>[0]>;
const ARCHITECTURE = Deno.build.arch;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `launcher: ${name}`, ignore: Deno.build.os !== "linux", fn });
}

/** Runs a launcher with these arguments, and a descriptor 4 when one is given. */
async function launch(args: readonly string[], options?: Options, descriptor?: number) {
  const image = launcherImage({ architecture: ARCHITECTURE, errorText: errnoText, ...options });
  const fd = memoryFile("launcher", () => image);
  try {
    const opens = descriptor === undefined ? [] : [{ fd: 4, from: descriptor }];
    return await runTrial(new PosixSpawner(), { program: `/proc/self/fd/${fd}`, argv: ["launcher", ...args], opens });
  } finally {
    closeDescriptors(fd);
  }
}

test("becomes the first program that can be executed", async () => {
  const paths = ["/no/such", "/etc/passwd", "/bin/sh", "/bin/false"];
  const argv = ["argv 0", "-c", "echo $0-$1-$2; exit 7", "x", "", "last"];
  const { code, text } = await launch(["sh", ...paths, "", ...argv]);
  assertEquals([code, text], [7, "x--last"]);
});

test("gives arguments and argv[0] as they are", async () => {
  const { text } = await launch([
    "sh",
    "/bin/sh",
    "",
    "argv 0",
    "-c",
    'tr "\\0" "|" < /proc/$$/cmdline; true',
    "",
    "ä\n",
  ]);
  assertEquals(text, 'argv 0|-c|tr "\\0" "|" < /proc/$$/cmdline; true||ä\n|');
});

const FAILURES: [paths: string[], reason: string][] = [
  [["/no/such"], "No such file or directory (os error 2)"],
  [["/etc/passwd"], "Permission denied (os error 13)"],
  [["/etc/passwd", "/no/such"], "Permission denied (os error 13)"],
  [["/etc/passwd/x"], "Not a directory (os error 20)"],
  [[], "No such file or directory (os error 2)"],
];
for (const [paths, reason] of FAILURES) {
  test(`says what it could not start: ${paths.join(", ") || "nothing"}`, async () => {
    assertEquals(await launch(["the name", ...paths, "", "x"]), {
      code: 101,
      text: `exec-server sandbox: Failed to execvp the name: ${reason}`,
    });
  });
}

test("leaves the program no descriptor but the first three", async () => {
  const { readEnd, writeEnd } = openPipe();
  const { text } = await launch(["ls", "/bin/ls", "", "ls", "/proc/self/fd"], {}, writeEnd);
  closeDescriptors(readEnd, writeEnd);
  assertEquals(text.split("\n"), ["0", "1", "2", "3"], "3 is the directory itself");
});

test("confines itself before it starts anything", async () => {
  const seccomp = seccompProgram("restricted", ARCHITECTURE);
  const script = "grep -E '^(CapEff|CapPrm|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'";
  const { text } = await launch(["sh", "/bin/sh", "", "sh", "-c", script], { seccomp, dropCapabilities: true });
  const none = "0000000000000000";
  assertEquals(text.split("\n"), [`CapPrm:${none}`, `CapEff:${none}`, "NoNewPrivs:1", "Seccomp:2"]);
});

test("starts nothing when it cannot confine itself", async () => {
  const { code, text } = await launch(["sh", "/bin/sh", "", "sh", "-c", "echo ran"], {
    rulesetFd: 4,
    seccomp: seccompProgram("restricted", ARCHITECTURE),
  });
  assertEquals([code, text], [101, "exec-server sandbox: Failed to confine sh: Bad file descriptor (os error 9)"]);
});

test("joins a cgroup first, and passes on other descriptors when told to", async () => {
  const { readEnd, writeEnd } = openPipe();
  const options = { cgroupFd: 4, keepsDescriptors: true };
  const { text } = await launch(["sh", "/bin/sh", "", "sh", "-c", "ls -l /proc/self/fd/4; true"], options, writeEnd);
  closeDescriptors(writeEnd);
  const buffer = new Uint8Array(8);
  const count = Number(openLibc().call.read(readEnd, buffer, 8n));
  closeDescriptors(readEnd);
  // "0" means the writer itself; cgroups(7)
  assertEquals(new TextDecoder().decode(buffer.subarray(0, count)), "0");
  assert(text.includes("No such file"), text);
});

for (const architecture of ["x86_64", "aarch64"] as const) {
  Deno.test(`launcherImage() for ${architecture} is a static executable with a stack that is not executable`, () => {
    const image = launcherImage({ architecture, errorText: errnoText });
    const view = new DataView(image.buffer);
    assertEquals([...image.subarray(0, 7)], [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    assertEquals([view.getUint16(16, true), view.getUint16(18, true)], [2, architecture === "x86_64" ? 62 : 183]);
    const headers = Array.from({ length: view.getUint16(56, true) }, (_, i) => 64 + 56 * i);
    assertEquals(headers.map((at) => [view.getUint32(at, true), view.getUint32(at + 4, true)]), [
      [1, 5],
      [0x6474e551, 6],
    ]);
  });
}

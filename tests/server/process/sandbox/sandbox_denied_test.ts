import { assertEquals } from "@std/assert";
import { OutputLog } from "../../../../server/process/output_log.ts";
import { looksDenied } from "../../../../server/process/sandbox/sandbox_denied.ts";
import type { StreamName } from "../../../../server/process/spawner.ts";

const MIB = 1024 * 1024;

/** Section 4.4, verified cases among them. */
const TABLE: [name: string, code: number, chunks: [StreamName, string][], denied: boolean][] = [
  ["exit 0 with the phrase", 0, [["stderr", "Permission denied"]], false],
  ["exit 1 without a phrase", 1, [["stderr", "No such file or directory"]], false],
  ["exit 1 with one on stderr", 1, [["stderr", "x: PERMISSION Denied\n"]], true],
  ["exit 1 with one on stdout", 1, [["stdout", "read-only file system"]], true],
  ["exit 1 with one on a terminal", 1, [["pty", "Operation not permitted\r\n"]], true],
  ["split within a stream", 1, [["stderr", "permission "], ["stdout", "x"], ["stderr", "denied"]], true],
  ["split between streams", 1, [["stdout", "sec"], ["stderr", "comp"]], true],
  ["exit 2 with a phrase", 2, [["stderr", "Permission denied"]], true],
  ["exit 2 without one", 2, [["stderr", "usage"]], false],
  ["exit 126 without one", 126, [], false],
  ["exit 127 without one", 127, [], false],
  ["killed with a phrase", 137, [["stderr", "landlock"]], true],
  ["killed without one", 137, [], false],
  ["ended by SIGTERM", 143, [], false],
  ["ended by SIGSYS", 159, [], Deno.build.os === "linux"],
  ["sandbox", 101, [["stderr", "Sandbox"]], true],
  ["failed to write file", 1, [["stderr", "failed to write file x"]], true],
  ["a device is busy", 1, [["stderr", "Device or resource busy"]], false],
  ["bytes that are not UTF-8 around it", 1, [["stderr", "\xffseccomp\xff"]], true],
  ["1 MB after it", 1, [["stdout", "seccomp"], ["stdout", "x".repeat(MIB - 8)]], true],
  ["2 MB after it", 1, [["stdout", "seccomp"], ["stdout", "x".repeat(MIB)], ["stdout", "x".repeat(MIB)]], false],
];
for (const [name, code, chunks, denied] of TABLE) {
  Deno.test(`looksDenied() ${name}`, () => {
    const log = new OutputLog(MIB);
    chunks.forEach(([stream, text], i) => log.append(i + 1, stream, Uint8Array.from(text, (c) => c.charCodeAt(0))));
    assertEquals(looksDenied(code, log), denied);
  });
}

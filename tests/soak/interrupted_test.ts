import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { alive, childrenOf, markedPids, readOrEmpty } from "../faults/support/descendants.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

const PROGRAM = fromFileUrl(new URL("soak.ts", import.meta.url));
/** In the environment of what a soak runs. */
const OWN = "EXEC_SERVER_SOAK=";
const MARK = "EXEC_SERVER_SOAK_TEST";

for (const [signal, ending] of [["SIGINT", { code: 130, signal: null }], ["SIGKILL", { signal: "SIGKILL" }]] as const) {
  Deno.test({
    name: `soak: one that is interrupted by ${signal} leaves no process`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using dir = await tempDir();
      const mark = crypto.randomUUID();
      const soak = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", PROGRAM, "--minutes=10", "--workers=2"],
        env: { TMPDIR: dir.path, [MARK]: mark },
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      let server = 0;
      await until("its server runs programs", () => {
        server = childrenOf(soak.pid)[0] ?? 0;
        // not those that it tries its walls with at the start
        const programs = server === 0 ? [] : childrenOf(server).filter((pid) => environmentOf(pid).includes(OWN));
        return programs.length > 0;
      }, 30_000);
      soak.kill(signal);
      const status = await soak.status;
      assertEquals({ ...status, ...ending }, status);
      await until("its server has ended", () => !alive(server), 10_000);
      // the server and its watchdog inherit the mark; programs are killed with them
      await until("nothing of it is left", () => markedPids(MARK, mark).length === 0, 10_000);
    },
  });
}

function environmentOf(pid: number): string {
  return readOrEmpty(`/proc/${pid}/environ`);
}

import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { openLibc } from "../../../server/posix/libc.ts";

const PROGRAM = fromFileUrl(new URL("large_blocks.ts", import.meta.url));

Deno.test({
  name: "memory: large blocks stay apart from small ones, and go back to the system when they are freed",
  ignore: !hasGlibc(),
  async fn() {
    const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--quiet", PROGRAM], stderr: "inherit" });
    const { stdout } = await command.output();
    // alone the library puts them together: the control
    assertEquals(JSON.parse(new TextDecoder().decode(stdout)), { alone: false, withServer: true });
  },
});

function hasGlibc(): boolean {
  try {
    openLibc();
    return true;
  } catch {
    return false;
  }
}

import { assertEquals, assertMatch } from "@std/assert";
import type { Environment } from "../../../client/mod.ts";
import { Toolset } from "../../../client/tools/mod.ts";
import { type Filesystem, type ProcessHandle, type ProcessSpec, RpcError } from "../../../protocol/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { KINDS } from "./environments.ts";
import { fillWorkspace, readWorkspace } from "./patch/workspace.ts";

/** The same object without a method, as executors of 0.130 answer for it. */
function without<T extends object>(target: T, missing: string): T {
  return new Proxy(target, {
    get: (object, name) => {
      if (name === missing) return () => Promise.reject(new RpcError(-32601, `does not implement ${missing}`));
      const value = Reflect.get(object, name, object);
      return typeof value === "function" ? value.bind(object) : value;
    },
  });
}

/** An environment whose executor knows neither `fs/canonicalize` nor `process/signal`. */
function asOld(environment: Environment): Environment {
  const { id, isRemote, capabilities, exec } = environment;
  return {
    id,
    isRemote,
    capabilities,
    filesystem: without<Filesystem>(environment.filesystem, "canonicalize"),
    exec: { start: async (spec: ProcessSpec) => without<ProcessHandle>(await exec.start(spec), "signal") },
    info: () => Promise.reject(new RpcError(-32601, "does not implement environment/info")),
  } as unknown as Environment;
}

for (const kind of KINDS) {
  Deno.test(`Toolset: an executor of 0.130 loses no moved file and says that it takes no input, ${kind.name}`, async () => {
    await using dir = await tempDir();
    await using environment = await kind.open();
    await using tools = new Toolset({ environments: [{ environment: asOld(environment), cwd: dir.path }] });
    const call = async (name: string, input: string) => {
      const { content: [part] } = await tools.call(name, input);
      return part?.type === "text" ? part.text : "";
    };
    const move = (to: string) => `*** Begin Patch\n*** Update File: f\n*** Move to: ${to}\n@@\n-a\n+A\n*** End Patch`;
    await fillWorkspace(dir.path, { f: "a\n", l: { link: "f" } });
    assertMatch(await call("apply_patch", move("l")), /^Exit code: 0/);
    assertEquals(await readWorkspace(dir.path), { f: "A\n", l: { link: "f" } });
    await fillWorkspace(dir.path, { f: "a\n" });
    assertMatch(await call("apply_patch", move("g")), /^Exit code: 0/);
    assertEquals(await readWorkspace(dir.path), { g: "A\n" });

    const started = await call("exec_command", '{"cmd":"sleep 60","login":false,"yield_time_ms":250}');
    const session_id = Number(/session ID (\d+)/.exec(started)?.[1]);
    assertEquals(
      await call("write_stdin", JSON.stringify({ session_id, chars: "\u0003" })),
      "write_stdin failed: stdin is closed for this session; rerun exec_command with tty=true to keep stdin open",
    );
  });
}

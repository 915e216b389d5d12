import { assertEquals, assertThrows } from "@std/assert";
import {
  type EnvironmentSelection,
  selectionFor,
  type ThreadSelectionOptions,
  ThreadSelections,
} from "../../../client/environments/thread_selections.ts";
import { ErrorCode, RpcError } from "../../../protocol/mod.ts";

const KNOWN = ["local", "remote", "e1"];

function thread(options: Partial<ThreadSelectionOptions> = {}): ThreadSelections {
  const isKnown = (id: string) => KNOWN.includes(id);
  return new ThreadSelections({ isKnown, defaultIds: ["remote", "local"], cwd: "/ws", ...options });
}

const at = (environmentId: string, cwd = "/x"): EnvironmentSelection => ({ environmentId, cwd });

Deno.test("ThreadSelections: without a choice the defaults hold, each with the thread's cwd", () => {
  const defaults = [at("remote", "/ws"), at("local", "/ws")];
  for (const selections of [undefined, null]) {
    assertEquals(thread({ selections }).sticky, defaults);
    assertEquals(thread({ selections }).forTurn(selections), defaults);
  }
});

Deno.test("ThreadSelections: an empty list selects nothing, for a thread and for a turn", () => {
  assertEquals(thread({ selections: [] }).forTurn(), []);
  const chosen = thread({ selections: [at("e1")] });
  assertEquals(chosen.forTurn([]), []);
  assertEquals(chosen.forTurn(), [at("e1")]);
});

Deno.test("ThreadSelections: a turn's choice holds for that turn, or onward", () => {
  const once = thread({ selections: [at("e1")] });
  assertEquals(once.forTurn([at("local", "/y")]), [at("local", "/y")]);
  assertEquals(once.forTurn(), [at("e1")]);
  const onward = thread({ selections: [at("e1")], overrideHolds: "onward" });
  assertEquals(onward.forTurn([at("local", "/y")]), [at("local", "/y")]);
  assertEquals(onward.forTurn(), [at("local", "/y")]);
  assertEquals(onward.forTurn([]), []);
  assertEquals(onward.forTurn(null), []);
});

Deno.test("ThreadSelections: wrong choices are refused with the original's text, and change nothing", () => {
  const cases: [EnvironmentSelection[], string][] = [
    [[at("nope")], "unknown turn environment id `nope`"],
    [[at("")], "unknown turn environment id ``"],
    [[at("e1"), at("nope")], "unknown turn environment id `nope`"],
    [[at("remote"), at("remote", "/z")], "duplicate turn environment id `remote`"],
    [
      [at("remote", "rel")],
      "invalid cwd for environment `remote`: path `rel` does not use absolute POSIX or Windows path syntax",
    ],
    [
      [at("remote", "")],
      "invalid cwd for environment `remote`: path `` does not use absolute POSIX or Windows path syntax",
    ],
  ];
  for (const [selections, text] of cases) {
    for (const overrideHolds of ["turn", "onward"] as const) {
      const chosen = thread({ selections: [at("e1")], overrideHolds });
      for (const act of [() => chosen.forTurn(selections), () => thread({ selections })]) {
        const error = assertThrows(act, RpcError);
        assertEquals({ code: error.code, message: error.message }, { code: ErrorCode.InvalidRequest, message: text });
      }
      assertEquals(chosen.forTurn(), [at("e1")]);
    }
  }
});

Deno.test("ThreadSelections: POSIX and Windows paths are absolute", () => {
  for (const cwd of ["/", "/a b", "C:\\x", "d:/x", "\\\\host\\share"]) {
    assertEquals(thread().forTurn([at("local", cwd)]), [at("local", cwd)]);
  }
  for (const cwd of ["C:x", "./a", "a/b", "~"]) assertThrows(() => thread().forTurn([at("local", cwd)]), RpcError);
});

Deno.test("selectionFor: the primary one unless another selected one is named", () => {
  const selections = [at("remote"), at("local")];
  assertEquals(selectionFor(selections), at("remote"));
  assertEquals(selectionFor(selections, "local"), at("local"));
  assertEquals(selectionFor([]), undefined);
  for (const [chosen, id] of [[selections, "e1"], [[], "remote"]] as const) {
    const { message } = assertThrows(() => selectionFor(chosen, id), RpcError);
    assertEquals(message, `unknown turn environment id \`${id}\``);
  }
});

import { Command } from "@commander-js/extra-typings";
import { assertEquals } from "@std/assert";
import type { CommandFactory } from "../../cli/commands/command_factory.ts";
import { COMMANDS } from "../../cli/commands/mod.ts";
import { main } from "../../cli/main.ts";

/** A subcommand that has an option of the same name as serving. */
function probe(seen: unknown[]): CommandFactory {
  return (ended) =>
    new Command("probe").argument("[word]").option("--listen <X>").action((word, options) => {
      if (word === "fail") throw new Error("it failed");
      seen.push({ word, ...options });
      if (word === "seven") ended(7);
    });
}

Deno.test("command line: a subcommand gets its own options and gives its own exit status", async () => {
  const seen: unknown[] = [];
  assertEquals(await main(["probe", "seven", "--listen", "here"], [probe(seen)]), 7);
  assertEquals(await main(["probe"], [probe(seen)]), 0);
  assertEquals(seen, [{ word: "seven", listen: "here" }, { word: undefined }]);
});

Deno.test("command line: a subcommand that throws gives 1, wrong usage of it 2", async () => {
  assertEquals(await main(["probe", "fail"], [probe([])]), 1);
  assertEquals(await main(["probe", "--bogus"], [probe([])]), 2);
  assertEquals(await main(["probe", "one", "two"], [probe([])]), 2);
  assertEquals(await main(["other"], [probe([])]), 2);
});

Deno.test("command line: every subcommand has a name of its own and a description", () => {
  const commands = COMMANDS.map((create) => create(() => {}));
  const names = commands.map((command) => command.name());
  assertEquals(names.filter((name, i) => name === "" || names.indexOf(name) !== i), []);
  assertEquals(commands.filter((command) => command.description() === "").map((command) => command.name()), []);
});

// deno-lint-ignore-file no-console -- a command line tool
/**
 * Breaks connections at random while 50 processes run: cuts, silences and server restarts.
 *
 *     deno task chaos [--breaks=2000] [--processes=50] [--lives=4] [--seed=1] [--server=0.169.0]
 *
 * @module
 */
import { codexBinary } from "../interop/codex_binary.ts";
import { ServerProcess } from "../support/server_process.ts";
import { startServer } from "../support/test_server.ts";
import { chaos } from "./chaos.ts";

const number = (name: string, otherwise: number) => Number(option(name) ?? otherwise);
const lives = number("lives", 4);
const version = option("server");
const program = version === undefined ? undefined : await codexBinary(version);
const started = performance.now();
const report = await chaos({
  startServer: () => {
    if (program === undefined) return startServer();
    return ServerProcess.start({ program, args: ["exec-server", "--listen", "ws://127.0.0.1:0"] });
  },
  lives,
  breaks: Math.ceil(number("breaks", 2000) / lives),
  processes: number("processes", 50),
  seed: number("seed", 1),
  log: console.log,
});
console.log(report, `${((performance.now() - started) / 1000).toFixed(1)} s`);

function option(name: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}

import { Command, CommanderError, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { LIMITS } from "../protocol/mod.ts";
import { DEFAULT_LISTEN, LOG_LEVELS, parseListenAddress, VERSION } from "../server/mod.ts";
import { parseDuration } from "./duration.ts";
import { serve } from "./serve.ts";
import { startupErrorText } from "./startup_error.ts";

const USAGE_STATUS = 2, FAILURE_STATUS = 1;

/**
 * Runs the command line.
 *
 * @param args arguments without the program's name
 * @returns the exit status: 0, 1 for a failure, 2 for wrong usage
 */
export async function main(args: readonly string[]): Promise<number> {
  let status = 0;
  const program = new Command()
    .name("exec-server")
    .description("Runs processes and file operations on this machine for coding agents.")
    .version(VERSION)
    .addOption(
      new Option("--listen <URL>", "ws://IP:PORT, unix:///PATH or stdio").default(DEFAULT_LISTEN),
    )
    .addOption(
      new Option("--session-ttl <DURATION>", "life of a session without a connection")
        .argParser(duration).default(LIMITS.sessionTtlMs, "80s"),
    )
    .addOption(
      new Option("--process-retention <DURATION>", "how long an ended process can still be read")
        .argParser(duration).default(LIMITS.processRetentionMs, "80s"),
    )
    .addOption(
      new Option("--retained-output-bytes <N>", "output kept for each process")
        .argParser(byteCount).default(LIMITS.retainedOutputBytes, "1048576"),
    )
    .option(
      "--allow-portable-sandbox",
      "run sandboxed file requests on checked paths where the kernel's walls cannot be had",
    )
    .addOption(
      new Option("--log-level <LEVEL>", "JSON lines on stderr").choices(LOG_LEVELS).default("warn" as const),
    )
    .allowExcessArguments(false)
    .exitOverride()
    .action(async (options) => {
      status = await serve({
        address: parseListenAddress(options.listen),
        sessionTtlMs: options.sessionTtl,
        processRetentionMs: options.processRetention,
        retainedOutputBytes: options.retainedOutputBytes,
        logLevel: options.logLevel,
        sandbox: { allowPortable: options.allowPortableSandbox === true },
      });
    });
  try {
    await program.parseAsync([...args], { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_STATUS;
    const line = new TextEncoder().encode(`Error: ${startupErrorText(error)}\n`);
    Deno.stderr.writeSync(line);
    return FAILURE_STATUS;
  }
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function byteCount(text: string): number {
  const bytes = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(bytes)) throw new InvalidArgumentError("expected a number of bytes");
  return bytes;
}

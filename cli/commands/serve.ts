import { Command, Option } from "@commander-js/extra-typings";
import { LIMITS } from "../../protocol/mod.ts";
import { DEFAULT_LISTEN, LOG_LEVELS, parseListenAddress } from "../../server/mod.ts";
import { byteCount, duration, hostPattern } from "../option_values.ts";
import { serve } from "../serve.ts";
import { remoteOptions } from "../remote_options.ts";

/** Serving: what the program does without a subcommand. @param ended takes the exit status */
export function serveCommand(ended: (status: number) => void) {
  return new Command()
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
    .addOption(
      new Option("--http-allow <PATTERN>", "host http/request may reach, e.g. *.example.com; repeatable")
        .argParser(hostPattern).default([] as string[], "all"),
    )
    .addOption(
      new Option("--http-deny <PATTERN>", "host http/request may not reach, e.g. 10.0.0.0/8; repeatable")
        .argParser(hostPattern).default([] as string[], "none"),
    )
    .addOption(
      new Option("--http-metadata", "let http/request reach the metadata services of clouds"),
    )
    .addOption(
      new Option("--log-level <LEVEL>", "JSON lines on stderr").choices(LOG_LEVELS).default("warn" as const),
    )
    .addOption(new Option("--remote <URL>", "dial out to this registry instead of listening"))
    .addOption(new Option("--executor-id <ID>", "register as this executor"))
    .addOption(new Option("--environment-id <ID>", "register as this environment, by the newer contract"))
    .addOption(new Option("--name <NAME>", "name shown by the registry"))
    .allowExcessArguments(false)
    .action(async (options, command) => {
      const listens = command.getOptionValueSource("listen") === "cli";
      ended(
        await serve({
          address: parseListenAddress(options.listen),
          remote: remoteOptions(options, listens, (message) => command.error(`error: ${message}`)),
          sessionTtlMs: options.sessionTtl,
          processRetentionMs: options.processRetention,
          retainedOutputBytes: options.retainedOutputBytes,
          http: { allow: options.httpAllow, deny: options.httpDeny, allowMetadata: options.httpMetadata },
          logLevel: options.logLevel,
        }),
      );
    });
}

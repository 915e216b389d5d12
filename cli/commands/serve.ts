import { Command, Option } from "@commander-js/extra-typings";
import { LIMITS } from "../../protocol/mod.ts";
import { DEFAULT_LISTEN, LOG_LEVELS, parseListenAddress, REMOTE_TRANSPORTS } from "../../server/mod.ts";
import { authenticatorOf } from "../auth_options.ts";
import { byteCount, duration, hostPattern } from "../option_values.ts";
import { LIMIT_OPTIONS } from "../limit_options.ts";
import { LISTENER_OPTIONS } from "../listener_options.ts";
import { serve } from "../serve.ts";
import { remoteOptions } from "../remote_options.ts";
import { tlsIdentityOf } from "../tls_options.ts";

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
    .addOption(new Option("--bwrap <PATH>", "bubblewrap for sandboxed processes; default the first on PATH"))
    .addOption(
      new Option("--sandbox-fallback <WAY>", "for sandboxed processes where bubblewrap does not work")
        .choices(["refuse", "landlock"] as const).default("landlock" as const),
    )
    .option(
      "--allow-portable-sandbox",
      "run sandboxed file requests on checked paths where the kernel's walls cannot be had",
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
    .addOption(
      new Option("--remote-transport <WAY>", "noise: encrypted for each client; plain: as it is (default: noise)")
        .choices(REMOTE_TRANSPORTS),
    )
    .addOption(new Option("--name <NAME>", "name shown by the registry"))
    .addOption(LISTENER_OPTIONS.wsAuth)
    .addOption(LISTENER_OPTIONS.wsTokenFile)
    .addOption(LISTENER_OPTIONS.wsTokenSha256)
    .addOption(LISTENER_OPTIONS.wsSharedSecretFile)
    .addOption(LISTENER_OPTIONS.wsIssuer)
    .addOption(LISTENER_OPTIONS.wsAudience)
    .addOption(LISTENER_OPTIONS.wsMaxClockSkewSeconds)
    .addOption(LISTENER_OPTIONS.tlsCert)
    .addOption(LISTENER_OPTIONS.tlsKey)
    .addOption(LISTENER_OPTIONS.allowUnauthenticated)
    .addOption(LIMIT_OPTIONS.maxConnections)
    .addOption(LIMIT_OPTIONS.maxSessions)
    .addOption(LIMIT_OPTIONS.maxProcesses)
    .addOption(LIMIT_OPTIONS.maxRetainedBytes)
    .addOption(LIMIT_OPTIONS.maxInFlight)
    .addOption(LIMIT_OPTIONS.maxMessageBytes)
    .addOption(LIMIT_OPTIONS.maxFileHandles)
    .addOption(LIMIT_OPTIONS.maxHttpStreams)
    .addOption(LIMIT_OPTIONS.maxHelpers)
    .allowExcessArguments(false)
    .action(async (options, command) => {
      const listens = command.getOptionValueSource("listen") === "cli";
      const remote = remoteOptions(options, listens, (message) => command.error(`error: ${message}`));
      const address = parseListenAddress(options.listen);
      const authenticator = await authenticatorOf(options, address);
      const tls = await tlsIdentityOf(options, address);
      ended(
        await serve({
          address,
          remote,
          ...(authenticator && { authenticator }),
          ...(tls && { tls }),
          allowUnauthenticated: options.allowUnauthenticated ?? false,
          sessionTtlMs: options.sessionTtl,
          processRetentionMs: options.processRetention,
          retainedOutputBytes: options.retainedOutputBytes,
          http: { allow: options.httpAllow, deny: options.httpDeny, allowMetadata: options.httpMetadata },
          limits: {
            maxConnections: options.maxConnections,
            maxSessions: options.maxSessions,
            maxProcesses: options.maxProcesses,
            maxRetainedBytes: options.maxRetainedBytes,
            maxInFlightRequests: options.maxInFlight,
            maxMessageBytes: options.maxMessageBytes,
            maxFileHandles: options.maxFileHandles,
            maxHttpStreams: options.maxHttpStreams,
            maxHelpers: options.maxHelpers,
          },
          sandbox: { allowPortable: options.allowPortableSandbox === true },
          bwrap: options.bwrap,
          sandboxFallback: options.sandboxFallback,
          logLevel: options.logLevel,
        }),
      );
    });
}

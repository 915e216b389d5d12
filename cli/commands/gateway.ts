import { Command, Option } from "@commander-js/extra-typings";
import { DEFAULT_LISTEN, LOG_LEVELS, parseListenAddress } from "../../server/mod.ts";
import { authenticatorOf } from "../auth_options.ts";
import { LIMIT_OPTIONS } from "../limit_options.ts";
import { LISTENER_OPTIONS } from "../listener_options.ts";
import { serveGateway } from "../serve_gateway.ts";
import { tlsIdentityOf } from "../tls_options.ts";

/** `gateway`: one endpoint for all environments. @param ended takes the exit status */
export function gatewayCommand(ended: (status: number) => void) {
  return new Command("gateway")
    .description("Serves the configured environments, and those that clients add, at one endpoint.")
    .addOption(new Option("--listen <URL>", "ws://IP:PORT, unix:///PATH or stdio").default(DEFAULT_LISTEN))
    .addOption(new Option("--log-level <LEVEL>", "JSON lines on stderr").choices(LOG_LEVELS).default("warn" as const))
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
    .addOption(LIMIT_OPTIONS.maxMessageBytes)
    .addHelpText(
      "after",
      `
It speaks the protocol of an exec-server; each process/* and fs/* request may name its environment in environmentId, and goes
to the default one otherwise. environment/add, for clients with the experimentalApi capability, adds an exec-server by
URL; environment/status and environment/info tell about one.

Exit status: 0 after SIGINT, SIGTERM or the end of stdin; 1 when it cannot start; 2 for wrong usage.`,
    )
    .action(async (options) => {
      const address = parseListenAddress(options.listen);
      ended(
        await serveGateway({
          address,
          authenticator: await authenticatorOf(options, address),
          tls: await tlsIdentityOf(options, address),
          allowUnauthenticated: options.allowUnauthenticated,
          limits: { maxConnections: options.maxConnections, maxMessageBytes: options.maxMessageBytes },
          logLevel: options.logLevel,
        }),
      );
    });
}

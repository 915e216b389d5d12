import { Command, Option } from "@commander-js/extra-typings";
import { DEFAULT_LISTEN, LOG_LEVELS, parseListenAddress } from "../../server/mod.ts";
import { serveGateway } from "../serve_gateway.ts";

/** `gateway`: one endpoint for all environments. @param ended takes the exit status */
export function gatewayCommand(ended: (status: number) => void) {
  return new Command("gateway")
    .description("Serves the configured environments, and those that clients add, at one endpoint.")
    .addOption(new Option("--listen <URL>", "ws://IP:PORT, unix:///PATH or stdio").default(DEFAULT_LISTEN))
    .addOption(new Option("--log-level <LEVEL>", "JSON lines on stderr").choices(LOG_LEVELS).default("warn" as const))
    .addHelpText(
      "after",
      `
It speaks the protocol of an exec-server; each process/* and fs/* request may name its environment in environmentId, and goes
to the default one otherwise. environment/add, for clients with the experimentalApi capability, adds an exec-server by
URL; environment/status and environment/info tell about one.

Exit status: 0 after SIGINT, SIGTERM or the end of stdin; 1 when it cannot start; 2 for wrong usage.`,
    )
    .action(async (options) => {
      ended(await serveGateway({ address: parseListenAddress(options.listen), logLevel: options.logLevel }));
    });
}

import { Command, Option } from "@commander-js/extra-typings";
import { LOG_LEVELS } from "../../server/mod.ts";
import { authenticatorOf } from "../auth_options.ts";
import { seconds } from "../option_values.ts";
import { parseRegistryAddress } from "../registry_address.ts";
import { tlsIdentityOf } from "../tls_options.ts";

/** `registry`: a registry with its rendezvous, for tests and small installations. @param ended takes the exit status */
export function registryCommand(ended: (status: number) => void) {
  return new Command("registry")
    .description("Serves a small registry: executors register and dial in, clients connect by environment id.")
    .addOption(new Option("--listen <URL>", "http://IP:PORT").default("http://127.0.0.1:0"))
    .addOption(
      new Option("--ws-auth <MODE>", "who may register and connect; required").choices(
        ["capability-token", "signed-bearer-token"] as const,
      ),
    )
    .option("--ws-token-file <PATH>", "capability-token: file with the token")
    .option("--ws-token-sha256 <HEX>", "capability-token: SHA-256 of the token")
    .option("--ws-shared-secret-file <PATH>", "signed-bearer-token: file with the key of HS256, 32 bytes or more")
    .option("--ws-issuer <TEXT>", "signed-bearer-token: required issuer")
    .option("--ws-audience <TEXT>", "signed-bearer-token: required audience")
    .addOption(
      new Option("--ws-max-clock-skew-seconds <N>", "signed-bearer-token: how far clocks may be apart (default: 30)")
        .argParser(seconds),
    )
    .option("--tls-cert <PATH>", "certificate chain, PEM: serve https:// and wss://")
    .option("--tls-key <PATH>", "private key of it, PEM")
    .option("--public-url <URL>", "ws:// or wss:// URL under which it is reached, behind a proxy for example")
    .addOption(new Option("--log-level <LEVEL>", "JSON lines on stderr").choices(LOG_LEVELS).default("warn" as const))
    .addHelpText(
      "after",
      `
Executors register with \`exec-server --remote URL --executor-id ID\` (or --environment-id ID, for many clients at once);
codex 0.130.0 and 0.169.0 with the same flags. Clients ask POST /cloud/environment/ID/connect. Both send the token as
authorization: Bearer. An environment belongs to who registered it: to all who have the capability token, or to the
issuer and subject of a signed token. Everything is in memory: after a restart executors have to be started again.

Exit status: 0 after SIGINT or SIGTERM, 1 when it cannot start, 2 for wrong usage.`,
    )
    .action(async (options) => {
      const address = parseRegistryAddress(options.listen);
      const authenticator = await authenticatorOf(options, address);
      if (authenticator === undefined) throw new Error("a registry needs `--ws-auth`");
      const tls = await tlsIdentityOf(options, address);
      const { publicUrl, logLevel } = options;
      // with its protobuf library, which no other command needs
      const { serveRegistry } = await import("../serve_registry.ts");
      ended(await serveRegistry({ address, authenticator, tls, publicUrl, logLevel }));
    });
}

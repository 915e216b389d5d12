import { Command, Option } from "@commander-js/extra-typings";
import { CapabilityToken, LOG_LEVELS } from "../../server/mod.ts";
import { tokenOption, urlOption } from "../choose_environment.ts";
import { parseMcpListen } from "../mcp/mcp_listen.ts";
import { readTextOrThrow } from "../read_file.ts";

const NOTHING: readonly string[] = [];

/** `mcp`: the tools of an agent for any MCP client. @param ended takes the exit status */
export function mcpCommand(ended: (status: number) => void) {
  return new Command("mcp")
    .description("Serves commands, patches, images and directories of environments as tools over MCP.")
    .addOption(urlOption())
    .addOption(
      new Option(
        "--env <ID>",
        "environment of environments.toml; can be repeated, the first is used when a call names none",
      )
        .argParser(append).default(NOTHING, "all, the default one first"),
    )
    .addOption(tokenOption())
    .addOption(
      new Option("--cwd <[ID=]DIR>", "directory to work in, of one environment or of all; can be repeated")
        .argParser(append).default(NOTHING, "the executor's"),
    )
    .addOption(
      new Option(
        "--sandbox <PROFILE>",
        "read-only, workspace-write, danger-full-access, or a .jsonc file with a permission profile",
      ).default("workspace-write"),
    )
    .addOption(new Option("--listen <WHERE>", "stdio or http://IP:PORT").default("stdio"))
    .option("--token-file <PATH>", "http: file with the bearer token of clients")
    .addOption(
      new Option("--allowed-host <NAME>", "http: host name that requests may be for; can be repeated")
        .argParser(append).default(NOTHING, "the address; on loopback localhost"),
    )
    .addOption(new Option("--log-level <LEVEL>", "JSON lines on stderr").choices(LOG_LEVELS).default("warn" as const))
    .addHelpText(
      "after",
      `
On http the endpoint is /mcp and its URL is printed; requests with a foreign Host or Origin are refused. An address that
is not loopback needs a token.

Exit status: 0 after SIGINT, SIGTERM or the end of stdin; 1 when it cannot start; 2 for wrong usage.

Examples:
  exec-server mcp --url ws://127.0.0.1:7810 --cwd /src
  exec-server mcp --env devbox --sandbox read-only --listen http://127.0.0.1:7820 --token-file token`,
    )
    .action(async ({ listen, url, bearerTokenEnv, env, cwd, sandbox, tokenFile, allowedHost, logLevel }) => {
      const where = parseMcpListen(listen);
      const httpOnly = tokenFile !== undefined || allowedHost.length > 0;
      if (where.kind === "stdio" && httpOnly) throw new Error("--token-file and --allowed-host need --listen http://");
      const authenticator = tokenFile === undefined ? undefined : await CapabilityToken.of(await readToken(tokenFile));
      // MCP is loaded by those who serve it
      const { serveMcp } = await import("../mcp/serve_mcp.ts");
      const selection = { url, bearerTokenEnv, env, cwd, sandbox };
      ended(await serveMcp({ listen: where, selection, authenticator, hostnames: allowedHost, logLevel }));
    });
}

function append(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

async function readToken(path: string): Promise<string> {
  const token = (await readTextOrThrow("token", path)).trim();
  if (token === "") throw new Error(`token ${path} must not be empty`);
  return token;
}

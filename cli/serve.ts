import {
  errorStack,
  ExecServer,
  type ExecServerOptions,
  LineTransport,
  type ListenAddress,
  type LogLevel,
  stderrLogger,
  stdioStream,
  Telemetry,
  telemetryEnabled,
} from "../server/mod.ts";
import { guard, stopSignal } from "./service.ts";
import { type RemoteOptions, serveRemote, takeBearerToken } from "./serve_remote.ts";
import { printText } from "./standard_output.ts";

/** What `exec-server` was asked to serve. */
export interface ServeOptions extends Omit<ExecServerOptions, "log" | "spawner" | "environment" | "telemetry"> {
  /** Where to listen; of no use with `remote`. */
  readonly address: ListenAddress;
  /** Dials out to a registry instead of listening. */
  readonly remote?: RemoteOptions | undefined;
  /** The loudest log level. */
  readonly logLevel: LogLevel;
}

/**
 * Serves until a signal or, on stdio, the end of input.
 *
 * Source: exec-server protocol, sections 2.2 and 2.3.
 *
 * @returns the exit status
 */
export async function serve({ address, remote, logLevel, ...options }: ServeOptions): Promise<number> {
  const log = stderrLogger(logLevel);
  guard((error) => log.error("unexpected error", { error: errorStack(error) }));
  const bearerToken = remote && takeBearerToken();
  const telemetry = telemetryEnabled(Deno.env.toObject()) ? await Telemetry.load() : undefined;
  const server = await ExecServer.create({ ...options, log, ...(telemetry && { telemetry }) });
  const stop = stopSignal();
  try {
    if (remote !== undefined) {
      await serveRemote(server, remote, { log, stop, bearerToken });
    } else if (address.kind === "stdio") {
      await Promise.race([
        server.serve(new LineTransport(stdioStream(), "stdio", undefined, options.limits?.maxMessageBytes)),
        stop,
      ]);
    } else {
      const url = await server.listen(address);
      printText(`${url}\n`);
      log.info("listening", { kind: address.kind });
      await stop;
    }
  } finally {
    await server.shutdown();
  }
  return 0;
}

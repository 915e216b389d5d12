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

/** What `exec-server` was asked to serve. */
export interface ServeOptions extends Omit<ExecServerOptions, "log" | "spawner" | "environment" | "telemetry"> {
  /** Where to listen. */
  readonly address: ListenAddress;
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
export async function serve({ address, logLevel, ...options }: ServeOptions): Promise<number> {
  const log = stderrLogger(logLevel);
  guard((error) => log.error("unexpected error", { error: errorStack(error) }));
  const telemetry = telemetryEnabled(Deno.env.toObject()) ? await Telemetry.load() : undefined;
  const server = await ExecServer.create({ ...options, log, ...(telemetry && { telemetry }) });
  const stop = stopSignal();
  if (address.kind === "stdio") {
    await Promise.race([
      server.serve(new LineTransport(stdioStream(), "stdio", undefined, options.limits?.maxMessageBytes)),
      stop,
    ]);
  } else {
    const url = await server.listen(address);
    printLine(url);
    log.info("listening", { kind: address.kind });
    await stop;
  }
  await server.shutdown();
  return 0;
}

function printLine(line: string): void {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  } catch {
    // nobody reads it
  }
}

import { Gateway } from "../client/mod.ts";
import {
  errorStack,
  FrontDoor,
  type FrontDoorOptions,
  LineTransport,
  type ListenAddress,
  type LogLevel,
  serveFilesystem,
  stderrLogger,
  stdioStream,
} from "../server/mod.ts";
import { configuredEnvironments } from "./choose_environment.ts";
import { guard, stopSignal } from "./service.ts";
import { printLine, ReaderGoneError } from "./standard_output.ts";

/** What a gateway was asked to serve. */
export interface ServeGatewayOptions extends Omit<FrontDoorOptions, "log" | "refused"> {
  /** Where to listen. */
  readonly address: ListenAddress;
  /** The loudest log level. */
  readonly logLevel: LogLevel;
}

/** Serves the configured environments until a signal or, on stdio, the end of input. @returns the exit status */
export async function serveGateway({ address, logLevel, ...doorOptions }: ServeGatewayOptions): Promise<number> {
  const log = stderrLogger(logLevel);
  const unexpected = (error: unknown) => log.error("unexpected error", { error: errorStack(error) });
  guard(unexpected);
  await using environments = await configuredEnvironments();
  const gateway = new Gateway({ environments, files: serveFilesystem, unexpected });
  const stop = stopSignal();
  if (address.kind === "stdio") {
    const transport = new LineTransport(stdioStream(), "stdio", undefined, doorOptions.limits?.maxMessageBytes);
    await Promise.race([gateway.serve(transport), stop]);
  } else {
    const door = new FrontDoor((transport) => gateway.serve(transport), { ...doorOptions, log });
    await printLine(await door.listen(address)).catch(ignoreMissingReader);
    log.info("listening", { kind: address.kind });
    await stop;
    door.close();
  }
  await gateway.close();
  return 0;
}

function ignoreMissingReader(error: unknown): void {
  if (!(error instanceof ReaderGoneError)) throw error;
}

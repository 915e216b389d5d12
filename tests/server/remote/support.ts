import { dialWebSocket } from "../../../client/mod.ts";
import { ExecServer, type Registration, runRemoteExecutor, type Sleep } from "../../../server/mod.ts";

/** An executor of this process that dials out. */
export interface RunningExecutor extends AsyncDisposable {
  /** Rejects when a registration fails. */
  readonly running: Promise<void>;
  /** Pauses so far, ms. */
  readonly pauses: readonly number[];
  readonly notices: readonly string[];
  /** Levels and messages. */
  readonly logged: readonly string[];
}

/** Runs an executor whose pauses take no time; `sleep` may do something else in them. */
export async function runExecutor(registration: Registration, sleep: Sleep = noPause): Promise<RunningExecutor> {
  const pauses: number[] = [], notices: string[] = [], logged: string[] = [];
  const log = (level: string) => (message: string, fields = {}) => {
    logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };
  const logger = { error: log("error"), warn: log("warn"), info: log("info"), debug: () => {} };
  const server = await ExecServer.create({ log: logger });
  const ending = new AbortController();
  const running = runRemoteExecutor({
    registration,
    serve: (transport) => server.serve(transport),
    dial: dialWebSocket,
    registered: (notice) => notices.push(notice),
    log: logger,
    signal: ending.signal,
    sleep: (ms, signal) => {
      pauses.push(ms);
      return sleep(ms, signal);
    },
  });
  running.catch(() => {}); // a test looks at it when it wants to
  return {
    running,
    pauses,
    notices,
    logged,
    [Symbol.asyncDispose]: async () => {
      await server.shutdown();
      ending.abort();
      await running.catch(() => {});
    },
  };
}

/** Lets the event loop turn, so that a loop of failures does not starve it. */
const noPause: Sleep = async (_ms, signal) => {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal.throwIfAborted();
};

/** A pause that ends with the executor only. */
export const pauseForever: Sleep = (_ms, signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

/** The next message of a websocket. */
export function nextMessage(socket: WebSocket): Promise<string | ArrayBuffer> {
  return new Promise((resolve, reject) => {
    socket.addEventListener("message", ({ data }) => resolve(data), { once: true });
    socket.addEventListener("close", () => reject(new Error("The websocket closed")), { once: true });
  });
}

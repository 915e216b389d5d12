import {
  connectWebSocket,
  dialWebSocket,
  environmentTransport,
  environmentUrl,
  ExecServerClient,
} from "../../client/mod.ts";
import type { Transport } from "../../protocol/mod.ts";
import {
  CapabilityToken,
  environmentRegistration,
  ExecServer,
  executorRegistration,
  runRemoteExecutor,
} from "../../server/mod.ts";
import { LIMITS } from "../../protocol/mod.ts";
import { RegistryServer } from "../../server/registry/mod.ts";
import { seededRandom } from "../protocol/random.ts";
import { ChaosProxy } from "../support/chaos_proxy.ts";
import { until } from "../support/until.ts";
import { Worker } from "./worker.ts";

/** How an executor speaks at its rendezvous. */
export type RendezvousKind = "executor" | "environment" | "noise";

/** How much is broken. */
export interface RendezvousCutsOptions {
  /** Whether one websocket carries one connection as it is, or many by relay frames, as they are or over Noise. */
  readonly kind: RendezvousKind;
  /** Websockets to the rendezvous that are cut or go silent, the executor's and the clients'. */
  readonly breaks: number;
  /** Clients at once; an executor takes one. */
  readonly clients: number;
  /** Processes of each client. */
  readonly processes: number;
  readonly seed: number;
}

/** What happened. */
export interface RendezvousCutsReport {
  readonly breaks: number;
  /** Times the executor dialled. */
  readonly dials: number;
  readonly writes: number;
  readonly outputBytes: number;
}

const TOKEN = "t", ID = "box";
/** While websockets go silent. A busy machine answers later now and then: that is one more cut, and does no harm. */
const PING_INTERVAL_MS = 150;
/** Instead of a second and more: the pauses are the executor's to choose, what is lost in them does not depend on it. */
const PAUSE_MS = 5;
const STALLS = 0.02, MAX_BYTES = 400_000;

/**
 * Breaks both sides' websockets to a rendezvous at random while processes read and write, and checks that every byte of
 * output arrives once and in order, and every write is applied once.
 *
 * @throws {Error} naming what went wrong
 */
export async function rendezvousCuts(options: RendezvousCutsOptions): Promise<RendezvousCutsReport> {
  const random = seededRandom(options.seed);
  await using proxy = new ChaosProxy("ws://127.0.0.1:1");
  // the registry itself is asked directly, every rendezvous is reached through the proxy
  const registry = new RegistryServer({ authenticator: await CapabilityToken.of(TOKEN), publicUrl: proxy.url });
  const registryUrl = await registry.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 });
  await using _registry = { [Symbol.asyncDispose]: () => registry.close() };
  proxy.redirect(registryUrl);
  // nothing may be cut while processes are started: a start is not sent again
  const pings: Pings = { intervalMs: LIMITS.clientPingIntervalMs };
  await using executor = await startExecutor(options.kind, registryUrl, pings);
  await until("the executor has dialled", () => executor.dials > 0, 30_000);
  const clients = await Promise.all(Array.from({ length: options.clients }, async () => {
    const open = await opener(options.kind, registryUrl, pings);
    return await ExecServerClient.connect(open, { clientName: "cuts", recovery: "resume" });
  }));
  const places = clients.flatMap((client) => Array.from({ length: options.processes }, () => client));
  const workers = await Promise.all(places.map((client) => Worker.start(client)));
  proxy.nextFate = () => ({
    kind: random() < STALLS ? "stall" : "cut",
    afterBytes: Math.floor(random() * MAX_BYTES),
  });
  pings.intervalMs = PING_INTERVAL_MS;
  proxy.cut();
  let seen = -1, silentSince = 0;
  while (proxy.broken < options.breaks) {
    const progress = workers.reduce((sum, { outputBytes }) => sum + outputBytes, proxy.broken);
    if (progress !== seen) silentSince = performance.now();
    else if (performance.now() - silentSince > 30_000) throw new Error("Nothing happens any more");
    seen = progress;
    const failure = clients.find((client) => client.failure !== undefined)?.failure;
    if (failure !== undefined) throw new Error(`A client gave up: ${failure}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  pings.intervalMs = LIMITS.clientPingIntervalMs;
  proxy.nextFate = () => ({ kind: "pass", afterBytes: Infinity });
  proxy.cut();
  for (const worker of workers) await worker.finish();
  for (const client of clients) await client.close();
  return {
    breaks: proxy.broken,
    dials: executor.dials,
    writes: workers.reduce((sum, worker) => sum + worker.accepted, 0),
    outputBytes: workers.reduce((sum, worker) => sum + worker.outputBytes, 0),
  };
}

/** What websockets that are opened from now on do. */
interface Pings {
  intervalMs: number;
}

/** How a client connects, again and again. */
async function opener(
  kind: RendezvousKind,
  registryUrl: string,
  pings: Pings,
): Promise<(signal?: AbortSignal) => Promise<Transport>> {
  const options = { registryUrl, bearerToken: TOKEN };
  if (kind === "noise") {
    return (signal) => environmentTransport(ID, { ...options, pingIntervalMs: pings.intervalMs })(signal);
  }
  const url = await environmentUrl(ID, options);
  return () => connectWebSocket(url, { pingIntervalMs: pings.intervalMs });
}

async function startExecutor(
  kind: RendezvousKind,
  registryUrl: string,
  pings: Pings,
): Promise<{ dials: number } & AsyncDisposable> {
  const options = { registryUrl, id: ID, bearerToken: TOKEN };
  const registration = kind === "executor"
    ? await executorRegistration(options)
    : environmentRegistration({ ...options, transport: kind === "noise" ? "noise" : "plain" });
  const silent = () => {};
  const errors: unknown[] = [];
  const server = await ExecServer.create({
    log: { error: (...of) => errors.push(of), warn: silent, info: silent, debug: silent },
  });
  const ending = new AbortController();
  const state = { dials: 0 };
  const running = runRemoteExecutor({
    registration,
    serve: (transport) => server.serve(transport),
    dial: (url, dialOptions) => {
      state.dials++;
      return dialWebSocket(url, { ...dialOptions, pingIntervalMs: pings.intervalMs });
    },
    registered: silent,
    log: {
      error: (message, fields) => errors.push(`${message} ${JSON.stringify(fields)}`),
      warn: silent,
      info: silent,
      debug: silent,
    },
    signal: ending.signal,
    sleep: () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS)),
  });
  running.catch((error) => errors.push(error));
  return Object.assign(state, {
    [Symbol.asyncDispose]: async () => {
      await server.shutdown();
      ending.abort();
      await running;
      if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join("\n"));
    },
  });
}

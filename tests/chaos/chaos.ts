import { connectWebSocket, ExecServerClient } from "../../client/mod.ts";
import { LIMITS } from "../../protocol/mod.ts";
import { seededRandom } from "../protocol/random.ts";
import { ChaosProxy, type Fate } from "../support/chaos_proxy.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { until } from "../support/until.ts";
import { Worker } from "./worker.ts";

/** How much is broken. */
export interface ChaosOptions {
  /** Starts a server. */
  readonly startServer: () => Promise<ServerProcess>;
  /** Servers one after the other; each is killed at the end of its life, and another takes its place. */
  readonly lives: number;
  /** Connections that are cut or go silent, in each life. */
  readonly breaks: number;
  /** Processes that run meanwhile. */
  readonly processes: number;
  readonly seed: number;
  /** Is told of the progress. */
  readonly log?: (line: string) => void;
}

/** What happened. */
export interface ChaosReport {
  readonly breaks: number;
  readonly restarts: number;
  readonly writes: number;
  readonly outputBytes: number;
  readonly lostProcesses: number;
}

const PING_INTERVAL_MS = 150;
const STALLS = 0.02;
/** Mostly in the middle of traffic, now and then already in the handshake. */
const MAX_BYTES = 120_000;

/**
 * Breaks connections at random while processes read and write, and checks that every byte of output arrives once and in
 * order, every write is applied once, and that what is lost with a server says so in the documented words.
 *
 * @throws {Error} naming what went wrong
 */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const random = seededRandom(options.seed);
  const report = { breaks: 0, restarts: 0, writes: 0, outputBytes: 0, lostProcesses: 0 };
  const descriptors = await descriptorsAtRest(options);
  for (let life = 0; life < options.lives; life++) {
    await using server = await options.startServer();
    await using proxy = new ChaosProxy(server.url);
    // nothing may be cut while processes are started: a start is not sent again
    const pings: Pings = { intervalMs: LIMITS.clientPingIntervalMs };
    const client = await connect(proxy.url, pings);
    const workers = await Promise.all(Array.from({ length: options.processes }, () => Worker.start(client)));
    proxy.nextFate = () => fate(random);
    pings.intervalMs = PING_INTERVAL_MS;
    proxy.cut();
    let silentSince = 0;
    for (let seen = -1; proxy.broken < options.breaks;) {
      const progress = workers.reduce((sum, { outputBytes }) => sum + outputBytes, proxy.broken);
      if (progress === seen && performance.now() - silentSince > 20_000) {
        throw new Error("Nothing happens any more");
      }
      if (progress !== seen) silentSince = performance.now();
      seen = progress;
      if (client.failure !== undefined) throw new Error(`The client gave up: ${client.failure}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    report.breaks += proxy.broken;
    options.log?.(`life ${life + 1}: ${proxy.broken} connections broken`);
    const last = life === options.lives - 1;
    if (!last) {
      await using next = await options.startServer();
      proxy.nextFate = () => ({ kind: "pass", afterBytes: Infinity });
      proxy.redirect(next.url);
      server.kill("SIGKILL");
      report.restarts++;
      const text = `exec-server rejected request (-32600): unknown session id ${client.sessionId}`;
      for (const worker of workers) await worker.expectLoss(text);
      report.lostProcesses += workers.length;
      await client.closed;
    } else {
      proxy.nextFate = () => ({ kind: "pass", afterBytes: Infinity });
      for (const worker of workers) await worker.finish();
    }
    for (const worker of workers) {
      report.writes += worker.accepted;
      report.outputBytes += worker.outputBytes;
    }
    await client.close();
  }
  await until("all descriptors are released", () => channels() <= descriptors);
  return report;
}

/** What stays open for ever is open once a client was used. */
async function descriptorsAtRest(options: ChaosOptions): Promise<number> {
  {
    await using server = await options.startServer();
    await using proxy = new ChaosProxy(server.url);
    await using client = await connect(proxy.url, { intervalMs: LIMITS.clientPingIntervalMs });
    await using process = await client.start({ argv: ["/bin/true"], cwd: "/" });
    await process.wait();
  }
  return channels();
}

/** Open sockets and pipes; the runtime opens and closes files of its own. */
function channels(): number {
  return [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
    try {
      return /^(socket|pipe):/.test(Deno.readLinkSync(`/proc/self/fd/${name}`));
    } catch {
      return false; // the one of this listing
    }
  }).length;
}

/** What websockets that are opened from now on do. */
interface Pings {
  intervalMs: number;
}

function connect(url: string, pings: Pings): Promise<ExecServerClient> {
  const open = () => connectWebSocket(url, { pingIntervalMs: pings.intervalMs });
  return ExecServerClient.connect(open, { clientName: "chaos", recovery: "resume" });
}

function fate(random: () => number): Fate {
  return { kind: random() < STALLS ? "stall" : "cut", afterBytes: Math.floor(random() * MAX_BYTES) };
}

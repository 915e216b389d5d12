import { ExecServer } from "../../server/mod.ts";
import { RawConnection } from "../conformance/raw_connection.ts";
import { tempDir } from "../support/temp_dir.ts";
import type { GoldenCase, Message } from "./golden_case.ts";
import { bigBody } from "./golden_peer.ts";
import { goldenEnvironment, GoldenWorld } from "./golden_world.ts";
import { type Stream, streamsOf } from "./streams.ts";

/** What differs from the recording: where, and what happened here instead. */
export type Differences = Record<string, unknown>;

type Compare = (what: string, actual: unknown, recorded: unknown) => void;

const WAIT_MS = 15_000;
// the recordings waited longer than there was to see
const LONG_TIMEOUT_MS = 2_000, SHORT_TIMEOUT_MS = 400;

/** Plays a case against a server of ours with a peer of ours. */
export async function replayCase(golden: GoldenCase): Promise<Differences> {
  await using cleanup = new AsyncDisposableStack();
  const world = cleanup.use(await GoldenWorld.start(golden));
  const dir = cleanup.use(await tempDir());
  const environment = await goldenEnvironment(golden, dir.path);
  for (const [name, value] of Object.entries(environment)) environment[name] = world.real(value);
  const server = await ExecServer.create({ environment, resolveHost: fixedNames });
  cleanup.defer(() => server.shutdown());
  const connection = await RawConnection.open(
    await server.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 }),
  );
  cleanup.defer(() => connection.close());
  const frames = framesOf(golden);
  await play(frames, world, connection);
  const text = world.recorded(JSON.stringify(connection.inbox)).replaceAll(`${dir.path}/ca.pem`, "/srv/example");
  return compareAll(golden, frames, world, { received: JSON.parse(text), closed: connection.closed });
}

/** No packet leaves this machine, not even to a name server. */
function fixedNames(name: string): Promise<string[]> {
  return name === "localhost" ? Promise.resolve(["127.0.0.1"]) : Promise.reject(new Error(`unknown name: ${name}`));
}

type Frames = readonly { readonly dir: "send" | "recv" | "close"; readonly msg: Message }[];

/** Sessions of the recordings are gone: a resume becomes a session of its own. */
function framesOf({ frames = [] }: GoldenCase): Frames {
  return frames.map(({ dir, msg }) => {
    if (msg?.method !== "initialize") return { dir, msg: msg ?? {} };
    return { dir, msg: { ...msg, params: { clientName: "replay" } } };
  });
}

async function play(frames: Frames, world: GoldenWorld, connection: RawConnection): Promise<void> {
  const inbox = () => connection.inbox as readonly Message[];
  const until = (condition: () => boolean) => connection.until(condition, WAIT_MS);
  if (!frames.some(({ msg }) => msg.method === "initialize")) {
    connection.send(JSON.stringify({ id: "hello", method: "initialize", params: { clientName: "replay" } }));
    await until(() => inbox().some(({ id }) => id === "hello"));
    connection.drop("hello");
    connection.send(JSON.stringify({ method: "initialized", params: {} }));
  }
  for (const { dir, msg } of frames) {
    if (dir === "send") connection.send(world.real(JSON.stringify(playable(msg))));
    else if (dir === "close") await until(() => connection.closed);
    else if ("id" in msg) await until(() => inbox().some(({ id }) => id === msg.id));
    else if (isLast(msg)) await until(() => allEnded(streamsOf(inbox())));
  }
  // a connection that is closed behind all this is seen
  connection.send(JSON.stringify({ id: "end", method: "environment/status", params: null }));
  await until(() => connection.closed || inbox().some(({ id }) => id === "end"));
  connection.drop("end");
}

interface Outcome {
  readonly received: readonly Message[];
  readonly closed: boolean;
}

function compareAll(golden: GoldenCase, frames: Frames, world: GoldenWorld, outcome: Outcome): Differences {
  const found: Differences = {};
  const compare: Compare = (what, actual, recorded) => {
    if (canonical(actual) !== canonical(recorded)) found[what] = actual ?? null;
  };
  const recorded = frames.filter(({ dir }) => dir === "recv").map(({ msg }) => msg);
  const actual = outcome.received;
  for (const message of recorded) {
    if (!("id" in message) || belongsElsewhere(message)) continue;
    const answer = actual.find(({ id }) => id === message.id);
    compare(`answer ${message.id}`, ownWords(answer), ownWords(cutLists(message, answer)));
  }
  const streams = streamsOf(recorded);
  for (const [id, stream] of streamsOf(actual)) compare(`stream ${id}`, stream, wholeStream(streams.get(id), golden));
  compare("closed", outcome.closed, frames.some(({ dir }) => dir === "close"));
  comparePeers(golden, world, compare);
  return found;
}

function comparePeers(golden: GoldenCase, world: GoldenWorld, compare: Compare): void {
  const { peer, otherOriginPeer, tcpConnections, proxySaw } = golden;
  const headersOf = (headers: readonly (readonly [string, string])[]) => {
    return headers.map(([name, value]) => `${name}: ${world.recorded(value)}`);
  };
  // some recordings left out what the peer saw
  if (peer !== undefined && peer.length > 0) {
    const seen = world.peer.requests.map(({ requestLine, headers, body }) => ({
      requestLine: world.recorded(requestLine),
      headers: headersOf(headers),
      body: body.toBase64(),
    }));
    const recorded = peer.map(({ requestLine, headers, bodyBase64, bodyLen }) => ({
      requestLine,
      headers: headersOf(headers),
      // long ones are cut off in the recordings
      body: bodyBase64.includes("…") ? new Uint8Array(bodyLen).toBase64() : bodyBase64,
    }));
    compare("peer", seen, recorded);
  }
  if (otherOriginPeer !== undefined) {
    const lines = (requests: readonly { requestLine: string; headers: readonly (readonly [string, string])[] }[]) => {
      return requests.map(({ requestLine, headers }) => [requestLine, ...headersOf(headers)]);
    };
    compare("second peer", lines(world.second.requests), lines(otherOriginPeer));
  }
  if (proxySaw !== undefined) compare("proxy", world.proxySaw, proxySaw);
  if (tcpConnections !== undefined) {
    const first = tcpConnections[0] as number;
    const used = world.peer.requests.map(({ conn }) => conn);
    compare("connections", used, tcpConnections.map((conn) => conn - first + 1));
  }
}

/** JSON in which the order of members does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member) => {
    if (typeof member !== "object" || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => a < b ? -1 : 1));
  });
}

/** The recording of `stream_big` leaves frames out; its body is known. */
function wholeStream(stream: Stream | undefined, { frameSizes }: GoldenCase): Stream | undefined {
  if (frameSizes === undefined || stream === undefined) return stream;
  return { ...stream, ordered: true, body: bigBody(frameSizes).toBase64() };
}

function isLast(message: Message): boolean {
  return (message.params as { done?: boolean } | undefined)?.done === true;
}

function allEnded(streams: ReadonlyMap<string, Stream>): boolean {
  return streams.size > 0 && [...streams.values()].every(({ ended }) => ended);
}

/** The handshake, the environment and files are replayed by other suites. */
function belongsElsewhere({ result }: Message): boolean {
  return typeof result === "object" && result !== null && ("sessionId" in result || "isDirectory" in result);
}

/** Errors of decoding are in our own words: their code counts. */
function ownWords(message: Message | undefined): unknown {
  const error = message?.error as { code: number; message: string } | undefined;
  if (error?.code !== -32602 || error.message.startsWith("http/request ")) return message;
  return { ...message, error: { code: error.code } };
}

/** Long lists are cut off in the recordings: what is missing is taken from ours. */
function cutLists(recorded: Message, actual: Message | undefined): Message {
  const result = recorded.result as { headers?: unknown[] } | undefined;
  const ours = (actual?.result as { headers?: unknown[] } | undefined)?.headers;
  const cut = result?.headers?.findIndex((header) => JSON.stringify(header).includes("…")) ?? -1;
  if (cut === -1 || result?.headers === undefined || ours === undefined) return recorded;
  const tail = result.headers.slice(cut + 1);
  const middle = ours.slice(cut, ours.length - tail.length);
  return { ...recorded, result: { ...result, headers: [...result.headers.slice(0, cut), ...middle, ...tail] } };
}

/** The same message with no long wait in it, and with its whole body, which was of zeros where it is cut off. */
function playable(message: Message): Message {
  const params = { ...message.params as { timeoutMs?: unknown; bodyBase64?: unknown } | undefined };
  if (typeof params.timeoutMs === "number" && params.timeoutMs >= LONG_TIMEOUT_MS) params.timeoutMs = SHORT_TIMEOUT_MS;
  const length = /…\[(\d+) chars\]$/.exec(String(params.bodyBase64))?.[1];
  if (length !== undefined) params.bodyBase64 = new Uint8Array(Math.floor(Number(length) / 4) * 3 - 2).toBase64();
  return Array.isArray(message.params) || message.params === undefined ? message : { ...message, params };
}

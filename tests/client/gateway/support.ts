import {
  type Environment,
  EnvironmentManager,
  ExecServerClient,
  Gateway,
  LocalEnvironment,
} from "../../../client/mod.ts";
import { localBackends } from "../../../mod.ts";
import { memoryTransportPair, Peer } from "../../../protocol/mod.ts";
import { ExecServer, FrontDoor, parseListenAddress, serveFilesystem } from "../../../server/mod.ts";

/** What `parseListenAddress` gives for a free port. */
export const ANY_PORT = parseListenAddress("ws://127.0.0.1:0") as Exclude<
  ReturnType<typeof parseListenAddress>,
  { kind: "stdio" }
>;

/** A gateway with two environments: `local`, and `remote` behind a server of its own, the default. */
export interface GatewayFixture extends AsyncDisposable {
  readonly url: string;
  readonly gateway: Gateway;
  readonly environments: EnvironmentManager;
  readonly server: ExecServer;
  /** Where the server of `remote` listens. */
  readonly serverUrl: string;
}

/** Starts a gateway and the server behind it. */
export async function startGateway(): Promise<GatewayFixture> {
  const server = await ExecServer.create();
  const serverUrl = await server.listen(ANY_PORT);
  const local: Environment = new LocalEnvironment(await localBackends());
  const environments = await EnvironmentManager.fromEnv({ variables: { CODEX_EXEC_SERVER_URL: serverUrl } });
  // both at once, which no value of the variable gives
  const getEnvironment = environments.getEnvironment.bind(environments);
  environments.getEnvironment = (id) => id === "local" ? local : getEnvironment(id);
  const unexpected = (error: unknown) => reportError(error);
  const gateway = new Gateway({ environments, files: serveFilesystem, unexpected });
  const door = new FrontDoor((transport) => gateway.serve(transport));
  return {
    url: await door.listen(ANY_PORT),
    gateway,
    environments,
    server,
    serverUrl,
    [Symbol.asyncDispose]: async () => {
      door.close();
      await gateway.close();
      await environments[Symbol.asyncDispose]();
      await local[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}

/** A client that says exactly what a test wants it to say. */
export interface RawClient extends AsyncDisposable {
  /** Sends a request. @throws {RpcError} */
  call(method: string, params?: unknown): Promise<unknown>;
  /** Notifications received so far. */
  readonly notifications: { readonly method: string; readonly params: unknown }[];
  /** Resolves with the next notification of a method. */
  next(method: string): Promise<Record<string, unknown>>;
  readonly peer: Peer;
}

/** Connects to a gateway in memory; with `initialize` the handshake is made. */
export async function rawClient(gateway: Gateway, initialize?: Record<string, unknown>): Promise<RawClient> {
  const [near, far] = memoryTransportPair();
  const served = gateway.serve(far);
  const notifications: RawClient["notifications"] = [];
  const waiting = new Map<string, PromiseWithResolvers<Record<string, unknown>>>();
  const peer = new Peer(near, {
    request: () => ({}),
    notification: (method, params) => {
      notifications.push({ method, params });
      waiting.get(method)?.resolve(params as Record<string, unknown>);
      waiting.delete(method);
    },
    isBarrier: () => false,
    strict: false,
    unexpected: reportError,
  });
  const done = peer.run();
  if (initialize !== undefined) {
    await peer.call("initialize", initialize);
    peer.notify("initialized", {});
  }
  return {
    peer,
    notifications,
    call: (method, params) => peer.call(method, params),
    next: (method) => waiting.getOrInsertComputed(method, () => Promise.withResolvers()).promise,
    [Symbol.asyncDispose]: async () => {
      await peer.close();
      await Promise.all([done, served]);
    },
  };
}

/** An ordinary client of a gateway. */
export function connectGateway(url: string): Promise<ExecServerClient> {
  return ExecServerClient.connect(url, { clientName: "test" });
}

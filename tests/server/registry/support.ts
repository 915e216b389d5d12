import { dialWebSocket, environmentTransport, environmentUrl, ExecServerClient } from "../../../client/mod.ts";
import {
  type Authenticator,
  environmentRegistration,
  ExecServer,
  executorRegistration,
  runRemoteExecutor,
} from "../../../server/mod.ts";
import { RegistryServer, type RegistryServerOptions } from "../../../server/registry/mod.ts";

/** Knows the principals `alice` and `bob` by tokens of the same names. */
export const PEOPLE: Authenticator = {
  authenticate: (authorization) => {
    const name = /^Bearer (alice|bob)$/.exec(authorization ?? "")?.[1];
    return Promise.resolve(name === undefined ? { refusal: "invalid websocket bearer token" } : { principal: name });
  },
};

/** A registry in this process. */
export interface RunningRegistry extends AsyncDisposable {
  readonly url: string;
  /** Posts to it as `alice`, unless another token is given. */
  post(path: string, body?: unknown, token?: string | null): Promise<{ status: number; json: Answer }>;
}

/** An answer of the registry. */
export interface Answer {
  readonly id?: string;
  readonly url?: string;
  readonly environment_id?: string;
  readonly executor_id?: string;
  readonly executor_registration_id?: string;
  readonly harness_key_authorization?: string;
  readonly security_profile?: string;
  readonly executor_public_key?: unknown;
  readonly valid?: boolean;
  readonly error?: { readonly code: string; readonly message: string };
}

export async function startRegistry(options: Partial<RegistryServerOptions> = {}): Promise<RunningRegistry> {
  const server = new RegistryServer({ authenticator: PEOPLE, ...options });
  const url = await server.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 });
  return {
    url,
    post: async (path, body, token = "alice") => {
      const response = await fetch(url + path, {
        method: "POST",
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
        body: body === undefined ? null : JSON.stringify(body),
      });
      return { status: response.status, json: await response.json() };
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** An executor of ours at a registry, reconnecting after `pauseMs`. */
export async function startExecutor(
  registryUrl: string,
  kind: "executor" | "environment" | "noise",
  id = "e1",
  pauseMs = 5,
): Promise<{ dials: number } & AsyncDisposable> {
  const options = { registryUrl, id, bearerToken: "alice" };
  const registration = kind === "executor"
    ? await executorRegistration(options)
    : environmentRegistration({ ...options, transport: kind === "noise" ? "noise" : "plain" });
  const server = await ExecServer.create();
  const ending = new AbortController();
  const state = { dials: 0 };
  const registered = Promise.withResolvers<void>();
  const log = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
  const running = runRemoteExecutor({
    registration,
    serve: (transport) => server.serve(transport),
    dial: (url, dialOptions) => {
      state.dials++;
      return dialWebSocket(url, dialOptions);
    },
    registered: () => registered.resolve(),
    log,
    signal: ending.signal,
    sleep: () => new Promise((resolve) => setTimeout(resolve, pauseMs)),
  });
  await Promise.race([registered.promise, running]);
  return Object.assign(state, {
    [Symbol.asyncDispose]: async () => {
      await server.shutdown();
      ending.abort();
      await running;
    },
  });
}

/** A client of an environment, through the registry. @param kind of the environment's executor */
export async function connect(
  registryUrl: string,
  id?: string,
  resumeSessionId?: string,
  kind?: "executor" | "environment" | "noise",
): Promise<ExecServerClient> {
  const options = { registryUrl, bearerToken: "alice" };
  const target = kind === "noise"
    ? environmentTransport(id ?? "e1", options)
    : await environmentUrl(id ?? "e1", options);
  return await ExecServerClient.connect(target, {
    clientName: "test",
    ...(resumeSessionId !== undefined && { resumeSessionId }),
  });
}

import {
  decodeParams,
  ErrorCode,
  INITIALIZED,
  invalidParams,
  invalidRequest,
  isMethodName,
  LIMITS,
  type MethodName,
  Peer,
  type PeerHandler,
  ProtocolViolation,
  RpcError,
  TEXTS,
  type Transport,
} from "../../protocol/mod.ts";
import type { Environment } from "../environment.ts";
import { EnvironmentError } from "../environments/environment_error.ts";
import type { FileService, GatewayOptions } from "./gateway_options.ts";
import {
  addParams,
  asRpcError,
  decodeGatewayParams,
  initializeParams,
  legacySandboxParams,
  routeParams,
} from "./gateway_methods.ts";
import { legacySandbox } from "./legacy_sandbox.ts";
import { GatewayProcesses, type ProcessHandlers } from "./gateway_processes.ts";

/** One client of a gateway: its handshake, its processes and its open files. */
export class GatewayConnection implements PeerHandler {
  readonly strict = true;
  readonly #options: GatewayOptions;
  readonly #transport: Transport;
  readonly #peer: Peer;
  readonly #processes: GatewayProcesses;
  readonly #files = new Map<Environment, FileService>();
  #sessionId: string | undefined;
  #initialized = false;
  #experimental = false;

  /** Reads nothing yet. @param options of the gateway; @param transport the client */
  constructor(options: GatewayOptions, transport: Transport) {
    this.#options = options;
    this.#transport = transport;
    this.#peer = new Peer(transport, this);
    this.#processes = new GatewayProcesses({
      notify: (method, params) => this.#peer.notify(method, params),
      room: () => transport.queuedBytes > LIMITS.sendHighWaterBytes ? transport.drained() : Promise.resolve(),
    });
  }

  /** Serves the client until it is gone; then its processes and files are closed. */
  async run(): Promise<void> {
    await this.#peer.run();
    const services = [...this.#files.values(), this.#processes];
    this.#files.clear();
    await Promise.all(services.map((service) => service[Symbol.asyncDispose]()));
  }

  /** Ends the connection. */
  close(): Promise<void> {
    return this.#peer.close({ code: 1001, text: "server is shutting down" });
  }

  isBarrier(method: string): boolean {
    return method === "initialize";
  }

  unexpected(error: unknown): void {
    this.#options.unexpected?.(error);
  }

  notification(method: string): void {
    if (method !== INITIALIZED) throw new ProtocolViolation(`unexpected notification: ${method}`);
    if (this.#sessionId === undefined) throw new ProtocolViolation("initialized before initialize");
    this.#initialized = true;
  }

  request(method: string, params: unknown): unknown {
    if (method === "initialize") return this.#initialize(params);
    const family = method.split("/")[0] ?? "";
    if (!["environment", "process", "fs"].includes(family)) throw unknownMethod(method);
    const name = { environment: "environment", process: "exec", fs: "filesystem" }[family] ?? family;
    if (this.#sessionId === undefined) throw invalidRequest(TEXTS.callInitialize(name));
    if (!this.#initialized) throw invalidRequest(TEXTS.sendInitialized(name));
    if (method === "environment/add") return this.#add(params);
    if (method === "environment/status") return this.#status(params);
    if (method === "environment/info") return this.#info(params);
    return family === "fs" ? this.#file(method, params) : this.#process(method, params);
  }

  #initialize(params: unknown): unknown {
    if (this.#sessionId !== undefined) throw invalidRequest(TEXTS.initializeOnce);
    const { resumeSessionId, capabilities } = decodeGatewayParams(initializeParams, params);
    // a session ends with its connection
    if (typeof resumeSessionId === "string") throw invalidRequest(TEXTS.unknownSession(resumeSessionId));
    this.#experimental = capabilities?.experimentalApi === true;
    this.#sessionId = crypto.randomUUID();
    return { sessionId: this.#sessionId };
  }

  #add(params: unknown): unknown {
    if (!this.#experimental) throw invalidRequest("environment/add requires experimentalApi capability");
    const { environmentId, execServerUrl, ...options } = decodeGatewayParams(addParams, params);
    try {
      this.#options.environments.upsertEnvironment(environmentId, execServerUrl, {
        authBearerToken: options.authBearerToken ?? undefined,
        websocketRequestId: options.websocketRequestId ?? undefined,
        connectTimeoutMs: options.connectTimeoutMs ?? undefined,
      });
    } catch (error) {
      if (error instanceof EnvironmentError) throw asRpcError(error, ErrorCode.InvalidRequest);
      throw error;
    }
    return {};
  }

  async #status(params: unknown): Promise<unknown> {
    const id = this.#idOf(params);
    const environment = id === undefined ? undefined : this.#options.environments.getEnvironment(id);
    if (environment === undefined) return { status: "unknown", error: unknownEnvironment(id) };
    return await environment.status();
  }

  async #info(params: unknown): Promise<unknown> {
    const environment = this.#environmentOf(params);
    try {
      return await environment.info();
    } catch (error) {
      const text = `failed to get info for environment \`${environment.id}\`: ${(error as Error).message}`;
      throw new RpcError(ErrorCode.Internal, text, { cause: error });
    }
  }

  async #process(method: string, params: unknown): Promise<unknown> {
    const handler = this.#processes.handlers[method as keyof ProcessHandlers];
    if (handler === undefined) throw unknownMethod(method);
    const decoded = decodeParams(method as MethodName, params);
    // the other methods name the process, and that is somewhere already
    const environment = method === "process/start" ? this.#environmentOf(params) : undefined;
    return await this.#attempt(() => (handler as (...args: unknown[]) => unknown)(decoded, environment));
  }

  async #file(method: string, params: unknown): Promise<unknown> {
    const environment = this.#environmentOf(params);
    let service = this.#files.get(environment);
    if (service === undefined) {
      service = this.#options.files(environment.filesystem, () => this.#transport.drained());
      this.#files.set(environment, service);
    }
    const handler = service.handlers[method] as ((params: unknown) => unknown) | undefined;
    if (handler === undefined || !isMethodName(method)) throw unknownMethod(method);
    const decoded = decodeParams(method, this.#withLegacySandbox(params));
    return await this.#attempt(() => handler(decoded));
  }

  /** Replaces a sandbox policy of the older kind by the context it means. */
  #withLegacySandbox(params: unknown): unknown {
    const { sandbox, sandboxPolicy, cwd } = decodeGatewayParams(legacySandboxParams, params) ?? {};
    if (sandboxPolicy === undefined || sandboxPolicy === null) return params;
    if (sandbox !== undefined && sandbox !== null) {
      throw invalidParams("params.sandboxPolicy: expected either sandbox or sandboxPolicy");
    }
    if (cwd === undefined || cwd === null) throw invalidParams("params.cwd: sandboxPolicy needs an explicit cwd");
    return { ...params as Record<string, unknown>, sandbox: legacySandbox(sandboxPolicy, cwd) };
  }

  /** An executor that cannot be reached is no fault of the gateway, so it is told as it is. */
  async #attempt(action: () => unknown): Promise<unknown> {
    try {
      return await action();
    } catch (error) {
      throw asRpcError(error, ErrorCode.Internal);
    }
  }

  #idOf(params: unknown): string | undefined {
    return decodeGatewayParams(routeParams, params)?.environmentId ?? this.#options.environments.defaultEnvironmentId;
  }

  #environmentOf(params: unknown): Environment {
    const id = this.#idOf(params);
    const environment = id === undefined ? undefined : this.#options.environments.getEnvironment(id);
    if (environment === undefined) throw invalidRequest(unknownEnvironment(id));
    return environment;
  }
}

function unknownEnvironment(id: string | undefined): string {
  return id === undefined
    ? "there is no default environment: name one with environmentId"
    : `unknown environment id \`${id}\``;
}

function unknownMethod(method: string): RpcError {
  return new RpcError(ErrorCode.MethodNotFound, TEXTS.unknownMethod(method));
}

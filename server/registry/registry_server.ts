import { LIMITS } from "../../protocol/mod.ts";
import { AuthGate } from "../auth/auth_gate.ts";
import type { Authenticator, Principal } from "../auth/authenticator.ts";
import { type ByteStream, closeQuietly, writeAll } from "../byte_stream.ts";
import { errorStack } from "../error_stack.ts";
import { HandshakeQueue } from "../handshake_queue.ts";
import { type HttpHead, HttpHeadError, readHttpHead } from "../http_head.ts";
import type { ListenAddress } from "../listen_address.ts";
import { listen, type Listener, type TlsIdentity } from "../listener.ts";
import { type Logger, SILENT } from "../log.ts";
import { isLoopbackAddress } from "../loopback.ts";
import { commonAnswer, encodeAnswer, encodeUpgrade, type HttpAnswer, upgrade } from "../websocket/handshake.ts";
import { WebSocketTransport } from "../websocket/websocket_transport.ts";
import { readHttpBody } from "./http_body.ts";
import type { RegisteredEnvironment } from "./registered_environment.ts";
import { Registry, type RendezvousUrl } from "./registry.ts";
import { RegistryFault } from "./registry_fault.ts";
import { readConnect, readRegisterEnvironment, readRegisterExecutor, readValidate } from "./registry_requests.ts";
import { type RegistryRoute, registryRoute } from "./registry_route.ts";

/** Options of {@linkcode RegistryServer}. */
export interface RegistryServerOptions {
  /** Who may register and connect; an environment belongs to the principal that registered it. */
  readonly authenticator: Authenticator;
  /** Makes the listener speak TLS. */
  readonly tls?: TlsIdentity | undefined;
  /** Base of the rendezvous URLs, `ws://` or `wss://`; default the host that was asked. */
  readonly publicUrl?: string | undefined;
  /** Gets diagnostics; default none. */
  readonly log?: Logger | undefined;
}

type Asked = Extract<RegistryRoute, { kind: "rendezvous" }>;

/**
 * A small registry with its rendezvous, all in memory and on one machine: executors register and dial in, clients
 * connect by environment id. A restart forgets everything; executors then end, as the contract has it.
 *
 * Source: environments, section 6.
 */
export class RegistryServer {
  readonly #options: RegistryServerOptions;
  readonly #log: Logger;
  readonly #gate: AuthGate;
  readonly #registry = new Registry();
  readonly #streams = new Set<ByteStream>();
  readonly #handshakes = new HandshakeQueue();
  #listener: Listener | undefined;
  #closing: Promise<void> | undefined;

  /** Nothing listens yet. @param options who may come in */
  constructor(options: RegistryServerOptions) {
    this.#options = options;
    this.#log = options.log ?? SILENT;
    this.#gate = new AuthGate(options.authenticator, this.#log);
  }

  /** Listens. @returns the registry's base URL, with the real port @throws {Error} when the address cannot be bound */
  async listen(address: Extract<ListenAddress, { kind: "websocket" }>): Promise<string> {
    const { tls } = this.#options;
    if (!isLoopbackAddress(address.hostname) && tls === undefined) {
      this.#log.warn("tokens cross the network in the clear: use --tls-cert and --tls-key, or a TLS proxy");
    }
    this.#listener = await listen(address, {
      accept: (conn, name, peer) => void this.#accept(conn, name, peer),
      failed: (error) => this.#log.warn("cannot accept a connection", { error: String(error) }),
      slower: (error) => this.#log.warn("small TLS messages may wait 40 ms", { error: String(error) }),
    }, tls);
    return this.#listener.url.replace(/^ws/, "http");
  }

  /** Stops listening and ends every connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#listener?.close();
    await this.#registry.close();
    for (const stream of this.#streams) closeQuietly(stream);
  }

  async #accept(stream: ByteStream, name: string, peer: string): Promise<void> {
    if (this.#streams.size >= LIMITS.maxRegistryConnections) return closeQuietly(stream);
    this.#streams.add(stream);
    this.#handshakes.add(stream);
    const timer = setTimeout(() => closeQuietly(stream), LIMITS.httpHeadTimeoutMs);
    const inTime = () => {
      clearTimeout(timer);
      this.#handshakes.delete(stream);
    };
    try {
      const head = await readHttpHead(stream, new Uint8Array(0));
      if (head !== undefined) await this.#request(stream, head, name, peer, inTime);
    } catch (error) {
      if (error instanceof HttpHeadError) await write(stream, { status: error.status, body: error.message });
      else if (error instanceof RegistryFault) await write(stream, faultAnswer(error));
      else if (this.#streams.has(stream) && isUnexpected(error)) {
        this.#log.error("request failed", { error: errorStack(error) });
      }
    } finally {
      inTime();
      this.#streams.delete(stream);
      closeQuietly(stream);
    }
  }

  async #request(stream: ByteStream, head: HttpHead, name: string, peer: string, inTime: () => void): Promise<void> {
    const answer = commonAnswer(head, { ready: this.#closing === undefined, checkHost: false });
    if (answer !== undefined) return await write(stream, answer, head.method !== "HEAD");
    const route = registryRoute(head);
    if (route.kind === "rendezvous") return await this.#rendezvous(stream, head, route, name, peer, inTime);
    const principal = await this.#authenticate(head, peer);
    const body = await readHttpBody(stream, head);
    // who is refused anyway need not wait
    if (route.kind === "connect" && readConnect(body) !== undefined) {
      await this.#executorOf(this.#registry.owned(route.id, principal));
    }
    const result = this.#answer(route, principal, body, head);
    this.#log.info("request", { kind: route.kind, environment: route.id });
    await write(stream, jsonAnswer(200, result));
  }

  #answer(
    { kind, id }: Exclude<RegistryRoute, Asked>,
    principal: Principal,
    body: Uint8Array,
    head: HttpHead,
  ): unknown {
    const url = this.#rendezvousUrl(head);
    switch (kind) {
      case "registerExecutor":
        return this.#registry.registerExecutor(id, principal, readRegisterExecutor(body), url);
      case "registerEnvironment":
        return this.#registry.registerEnvironment(id, principal, readRegisterEnvironment(body), url);
      case "connect":
        return this.#registry.connect(id, principal, readConnect(body), url);
      case "validate":
        return this.#registry.validate(id, principal, readValidate(body), head.headers.get("x-codex-noise-stream-id"));
    }
  }

  /** What is told of a Noise environment holds for one registration: one that is just being renewed is waited for. */
  async #executorOf(environment: RegisteredEnvironment): Promise<void> {
    if (environment.speech.kind !== "noise" || environment.isAway) return;
    await waitUntil(
      environment,
      () => environment.isCurrent || this.#registry.find(environment.id) !== environment,
      LIMITS.meetingWaitMs,
    );
    if (!environment.isCurrent) throw offline(environment.id);
  }

  async #rendezvous(
    stream: ByteStream,
    head: HttpHead,
    asked: Asked,
    name: string,
    peer: string,
    inTime: () => void,
  ): Promise<void> {
    const decision = upgrade(head, this.#closing === undefined);
    if (decision.kind === "answer") return await write(stream, decision.answer);
    const environment = await this.#admit(asked, head, peer);
    const { rendezvous, speech } = environment;
    inTime();
    if (asked.role !== "executor") {
      const role = speech.kind === "direct" ? "client" : "harness";
      if (asked.role !== role) throw new RegistryFault(400, "invalid_request", `role: expected ${role}`);
      await waitUntil(
        environment,
        () => rendezvous.open || this.#registry.find(environment.id) !== environment,
        LIMITS.rendezvousWaitMs,
      );
      if (!rendezvous.open) throw offline(environment.id);
    }
    const { registrationId } = environment;
    await writeAll(stream, await encodeUpgrade(decision.key));
    const socket = new WebSocketTransport(stream, `websocket ${name}`, head.rest);
    if (asked.role === "executor") {
      environment.arrived(registrationId);
      const served = rendezvous.executor(socket);
      this.#registry.presence(environment);
      this.#log.info("executor connected", { environment: environment.id });
      await served;
      this.#log.info("executor disconnected", { environment: environment.id });
    } else if (rendezvous.open) {
      await rendezvous.client(socket);
    } else {
      await socket.close({ code: 1013, text: "another client was faster" });
    }
    this.#registry.presence(environment);
  }

  /** By the secret of the URL; a client may show its token instead. */
  async #admit({ id, role, secret }: Asked, head: HttpHead, peer: string): Promise<RegisteredEnvironment> {
    const environment = this.#registry.find(id);
    const known = role === "executor" ? environment?.admitsExecutor(secret) : environment?.clients.find(secret);
    if (environment !== undefined && known) return environment;
    if (role === "executor" || secret !== "") {
      throw new RegistryFault(401, "unauthorized", "the rendezvous does not know this signature");
    }
    return this.#registry.owned(id, await this.#authenticate(head, peer));
  }

  async #authenticate({ headers }: HttpHead, peer: string): Promise<Principal> {
    const admitted = await this.#gate.admit(headers.get("authorization"), peer);
    if ("principal" in admitted) return admitted.principal;
    const { status, body } = admitted.answer;
    throw new RegistryFault(status, status === 429 ? "too_many_failures" : "unauthorized", body ?? "");
  }

  #rendezvousUrl({ headers }: HttpHead): RendezvousUrl {
    const { publicUrl, tls } = this.#options;
    const base = publicUrl ?? `${tls === undefined ? "ws" : "wss"}://${hostOf(headers.get("host"))}`;
    return (id, role, secret) => `${base.replace(/\/+$/, "")}/rendezvous/${id}?role=${role}&sig=${secret}`;
  }
}

function hostOf(host: string | undefined): string {
  if (host !== undefined && /^[\w.-]+(:\d+)?$|^\[[0-9a-f:.]+\](:\d+)?$/i.test(host)) return host;
  throw new RegistryFault(400, "invalid_request", "malformed Host header");
}

/** Waits until something is true that changes with an environment's executor, or for so long. */
async function waitUntil(environment: RegisteredEnvironment, isTrue: () => boolean, limitMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let late = false;
  const deadline = new Promise<void>((resolve) =>
    timer = setTimeout(() => {
      late = true;
      resolve();
    }, limitMs)
  );
  while (!isTrue() && !late) await Promise.race([environment.nextChange(), deadline]);
  clearTimeout(timer);
}

function offline(id: string): RegistryFault {
  return new RegistryFault(503, "environment_offline", `environment \`${id}\` is offline or taken`);
}

function jsonAnswer(status: number, value: unknown): HttpAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

function faultAnswer({ status, code, message }: RegistryFault): HttpAnswer {
  return jsonAnswer(status, { error: { code, message } });
}

async function write(stream: ByteStream, answer: HttpAnswer, withBody = true): Promise<void> {
  try {
    await writeAll(stream, encodeAnswer(answer, withBody));
  } catch {
    // nobody waits for it
  }
}

/** A socket that was closed by the other side, or by us for being late, is neither. */
function isUnexpected(error: unknown): boolean {
  return !(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.UnexpectedEof);
}

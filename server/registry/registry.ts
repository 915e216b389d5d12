import { LIMITS } from "../../protocol/mod.ts";
import type { NoisePublicKeyJson } from "../../protocol/noise/noise_public_key.ts";
import { NOISE_PROFILE } from "../../protocol/noise/noise_suite.ts";
import { checkEnvironmentId } from "../../protocol/registry/environment_id.ts";
import { RegisteredEnvironment, type Speech } from "./registered_environment.ts";
import { RegistryFault } from "./registry_fault.ts";
import type { RegisterExecutor, ValidateKey } from "./registry_requests.ts";

/** Makes the rendezvous URL of one side. */
export type RendezvousUrl = (id: string, role: "executor" | "harness" | "client", secret: string) => string;

/**
 * What the registry knows, in memory: which environments registered and whom they belong to. An environment is only
 * reached by the principal that registered it, and an id is not taken over by another.
 *
 * Source: environments, sections 6.2, 6.4 and 6.5.
 */
export class Registry {
  readonly #environments = new Map<string, RegisteredEnvironment>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** Registers by the older contract. @throws {RegistryFault} */
  registerExecutor(id: string, owner: string, body: RegisterExecutor, url: RendezvousUrl): Record<string, unknown> {
    if (body.executor_id !== id) {
      throw new RegistryFault(400, "invalid_request", "executor_id is not that of the path");
    }
    const environment = this.#claim(id, owner, { kind: "direct" });
    const secret = environment.register({ kind: "direct" });
    return { id: environment.registrationId, executor_id: id, url: url(id, "executor", secret) };
  }

  /** Registers by the newer contract. @param executorKey for Noise @throws {RegistryFault} */
  registerEnvironment(
    id: string,
    owner: string,
    executorKey: NoisePublicKeyJson | undefined,
    url: RendezvousUrl,
  ): Record<string, unknown> {
    const speech: Speech = executorKey === undefined ? { kind: "relay" } : { kind: "noise", executorKey };
    const environment = this.#claim(id, owner, speech);
    const secret = environment.register(speech);
    return {
      environment_id: id,
      url: url(id, "executor", secret),
      ...(speech.kind === "noise" && {
        security_profile: NOISE_PROFILE,
        executor_registration_id: environment.registrationId,
      }),
    };
  }

  /** Where a client reaches an environment. @param harnessKey for Noise @throws {RegistryFault} */
  connect(
    id: string,
    owner: string,
    harnessKey: NoisePublicKeyJson | undefined,
    url: RendezvousUrl,
  ): Record<string, unknown> {
    const environment = this.owned(id, owner);
    const { speech, registrationId } = environment;
    if (environment.isAway) throw new RegistryFault(409, "environment_offline", `environment \`${id}\` is offline`);
    if ((speech.kind === "noise") !== (harnessKey !== undefined)) {
      const expected = speech.kind === "noise"
        ? "needs a harness_public_key: its executor speaks Noise"
        : "has no Noise";
      throw new RegistryFault(400, "unsupported_security_profile", `environment \`${id}\` ${expected}`);
    }
    const role = speech.kind === "direct" ? "client" : "harness";
    return {
      environment_id: id,
      url: url(id, role, environment.clients.issue(true)),
      ...(speech.kind === "noise" && harnessKey !== undefined && {
        security_profile: NOISE_PROFILE,
        executor_registration_id: registrationId,
        executor_public_key: speech.executorKey,
        harness_key_authorization: environment.keys.issue({ registrationId, key: harnessKey }),
      }),
    };
  }

  /**
   * Whether a client's key was authorized by {@linkcode connect}, lately and for the registration that still counts.
   *
   * @param streamId the connection it is used for; a second one is refused
   * @throws {RegistryFault}
   */
  validate(id: string, owner: string, body: ValidateKey, streamId: string | undefined): { valid: boolean } {
    const environment = this.owned(id, owner);
    const grant = environment.keys.find(body.harness_key_authorization);
    const { executor_registration_id: registrationId, harness_public_key: key } = body;
    if (grant === undefined || grant.registrationId !== registrationId || !sameKey(grant.key, key)) {
      return { valid: false };
    }
    if (registrationId !== environment.registrationId) return { valid: false };
    if (streamId !== undefined) grant.streamId ??= streamId;
    return { valid: streamId === undefined || grant.streamId === streamId };
  }

  /** An environment by id. @throws {RegistryFault} 404, also for somebody else's */
  owned(id: string, owner: string): RegisteredEnvironment {
    const environment = this.#environments.get(id);
    if (environment?.owner === owner) return environment;
    throw new RegistryFault(404, "environment_not_found", `environment \`${id}\` is not registered`);
  }

  /** An environment by id, for those who show a secret of it. */
  find(id: string): RegisteredEnvironment | undefined {
    return this.#environments.get(id);
  }

  /** The executor of an environment came or went: one that stays away is forgotten. */
  presence(environment: RegisteredEnvironment): void {
    clearTimeout(this.#timers.get(environment.id));
    this.#timers.delete(environment.id);
    if (!environment.rendezvous.present && this.#environments.get(environment.id) === environment) {
      this.#timers.set(environment.id, setTimeout(() => this.#forget(environment.id), LIMITS.registrationTtlMs));
    }
    environment.changed();
  }

  /** Forgets everything and ends every websocket. */
  async close(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    const environments = [...this.#environments.values()];
    this.#environments.clear();
    for (const environment of environments) environment.changed();
    await Promise.all(environments.map(({ rendezvous }) => rendezvous.close()));
  }

  #claim(id: string, owner: string, speech: Speech): RegisteredEnvironment {
    const fault = checkEnvironmentId(id);
    if (fault !== undefined) throw new RegistryFault(400, "invalid_request", fault);
    const known = this.#environments.get(id);
    if (known !== undefined && known.owner !== owner) {
      throw new RegistryFault(409, "environment_taken", `environment \`${id}\` belongs to somebody else`);
    }
    if (known !== undefined && (known.speech.kind === "direct") === (speech.kind === "direct")) {
      this.presence(known);
      return known;
    }
    if (known !== undefined) {
      this.#forget(id);
      known.rendezvous.close();
    }
    if (this.#environments.size >= LIMITS.maxRegisteredEnvironments) this.#makeRoom();
    const environment = new RegisteredEnvironment(id, owner, speech);
    this.#environments.set(id, environment);
    this.presence(environment);
    return environment;
  }

  /** The one that is offline for longest gives way. */
  #makeRoom(): void {
    const [offline] = this.#timers.keys();
    if (offline === undefined) throw new RegistryFault(503, "registry_full", "too many environments are registered");
    this.#forget(offline);
  }

  #forget(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const environment = this.#environments.get(id);
    this.#environments.delete(id);
    environment?.changed();
  }
}

function sameKey(one: NoisePublicKeyJson, other: NoisePublicKeyJson): boolean {
  return one.x25519_public_key === other.x25519_public_key && one.mlkem768_public_key === other.mlkem768_public_key;
}

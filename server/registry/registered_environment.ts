import { LIMITS } from "../../protocol/mod.ts";
import type { NoisePublicKeyJson } from "../../protocol/noise/noise_public_key.ts";
import { DirectRendezvous } from "./direct_rendezvous.ts";
import { Grants } from "./grants.ts";
import { RelayRendezvous } from "./relay_rendezvous.ts";
import type { Rendezvous } from "./rendezvous.ts";

/** How an environment's executor speaks at the rendezvous. */
export type Speech =
  | { readonly kind: "direct" }
  | { readonly kind: "relay" }
  | { readonly kind: "noise"; readonly executorKey: NoisePublicKeyJson };

/** The key a client may use, and for what. */
export interface HarnessKey {
  readonly registrationId: string;
  readonly key: NoisePublicKeyJson;
  /** The connection it was first used for; it is good for no other. */
  streamId?: string;
}

/** An environment that registered: who it belongs to, how it speaks, where it meets its clients. */
export class RegisteredEnvironment {
  /** Its name at the registry. */
  readonly id: string;
  /** Who registered it; nobody else can reach it. */
  readonly owner: string;
  /** Where its executor meets its clients. */
  readonly rendezvous: Rendezvous;
  /** Secrets of clients' rendezvous URLs. */
  readonly clients = new Grants<true>(LIMITS.maxRegistryGrants);
  /** Authorizations of clients' keys. */
  readonly keys = new Grants<HarnessKey>(LIMITS.maxRegistryGrants, LIMITS.harnessKeyTtlMs);
  #speech: Speech;
  #executors = new Grants<true>(1);
  #registrationId = "";
  /** The registration of the executor that came last. */
  #arrived = "";
  #waiting: PromiseWithResolvers<void> | undefined;
  #seen = performance.now();

  /** Nobody is there yet. @param id its name; @param owner who registers it; @param speech how it speaks */
  constructor(id: string, owner: string, speech: Speech) {
    this.id = id;
    this.owner = owner;
    this.#speech = speech;
    this.rendezvous = speech.kind === "direct" ? new DirectRendezvous() : new RelayRendezvous();
  }

  /** How its executor speaks. */
  get speech(): Speech {
    return this.#speech;
  }

  /** Names its last registration. */
  get registrationId(): string {
    return this.#registrationId;
  }

  /** Its executor registers, again or another. @returns the secret of its rendezvous URL; earlier ones end */
  register(speech: Speech): string {
    this.#speech = speech;
    this.#seen = performance.now();
    this.#registrationId = `registration-${crypto.randomUUID()}`;
    this.#executors = new Grants(1);
    return this.#executors.issue(true);
  }

  /** Whether a secret is that of the last registration. */
  admitsExecutor(secret: string): boolean {
    return this.#executors.find(secret) ?? false;
  }

  /** An executor comes. @param registrationId of the registration that let it in */
  arrived(registrationId: string): void {
    this.#arrived = registrationId;
  }

  /** Whether the executor of the last registration is there: a handshake with another one must fail. */
  get isCurrent(): boolean {
    return this.rendezvous.present && this.#arrived === this.#registrationId;
  }

  /** Whether its executor is gone for longer than a client would wait. */
  get isAway(): boolean {
    return !this.rendezvous.present && performance.now() - this.#seen > LIMITS.rendezvousWaitMs;
  }

  /** Its executor came or went: clients that wait look again. */
  changed(): void {
    this.#seen = performance.now();
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  /** Waits for {@linkcode changed}. */
  nextChange(): Promise<void> {
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }
}

import { LIMITS, TEXTS } from "../../protocol/mod.ts";
import type { Logger } from "../log.ts";
import type { HttpAnswer } from "../websocket/handshake.ts";
import type { Authenticator, Principal } from "./authenticator.ts";
import { FailureLimiter } from "./failure_limiter.ts";

const TOO_MANY: HttpAnswer = {
  status: 429,
  body: TEXTS.tooManyAuthFailures,
  headers: { "retry-after": `${Math.ceil(LIMITS.authFailureDelayMs / 1000)}` },
};

/** Lets connections in by their `Authorization` header, slows down guessing and logs what failed, never a token. */
export class AuthGate {
  readonly #authenticator: Authenticator;
  readonly #log: Logger;
  readonly #refused: (reason: "authentication" | "rate") => void;
  readonly #failures = new FailureLimiter();

  /** @param authenticator decides; @param log gets failures; @param refused counts them */
  constructor(
    authenticator: Authenticator,
    log: Logger,
    refused: (reason: "authentication" | "rate") => void = () => {},
  ) {
    this.#refused = refused;
    this.#authenticator = authenticator;
    this.#log = log;
  }

  /** Decides on one request. @param address the client's IP address */
  async admit(
    authorization: string | undefined,
    address: string,
  ): Promise<{ readonly principal: Principal } | { readonly answer: HttpAnswer }> {
    if (!this.#failures.admits(address)) return this.#tooMany();
    const result = await this.#authenticator.authenticate(authorization);
    if ("principal" in result) return result;
    const wait = this.#failures.failed(address);
    if (wait === "full") return this.#tooMany();
    this.#refused("authentication");
    this.#log.warn("authentication failed", { reason: result.refusal, address, delayed: wait !== undefined });
    await wait;
    return { answer: { status: 401, body: result.refusal } };
  }

  #tooMany(): { readonly answer: HttpAnswer } {
    this.#refused("rate");
    return { answer: TOO_MANY };
  }
}

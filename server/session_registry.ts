import { ErrorCode, invalidRequest, LIMITS, RpcError, TEXTS } from "../protocol/mod.ts";
import type { Principal } from "./auth/authenticator.ts";
import { type NotificationTarget, Session, type SessionSettings } from "./session.ts";

/** All sessions of a server: attached ones, and detached ones until their time is over. */
export class SessionRegistry {
  readonly #settings: SessionSettings;
  readonly #maxSessions: number;
  readonly #sessions = new Map<string, Session>();
  readonly #deadlines = new Map<Session, { readonly at: number; readonly timer: ReturnType<typeof setTimeout> }>();

  /** @param settings shared by all sessions; @param maxSessions how many there may be */
  constructor(settings: SessionSettings, maxSessions: number = LIMITS.maxSessions) {
    this.#maxSessions = maxSessions;
    this.#settings = settings;
  }

  /** Sessions alive, attached or not. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Sessions without a connection. */
  get detached(): number {
    return this.#deadlines.size;
  }

  /** Processes of all sessions that are not closed. */
  get openProcesses(): number {
    let count = 0;
    for (const session of this.#sessions.values()) count += session.openProcesses;
    return count;
  }

  /**
   * Opens a session for a connection. When there are too many, the detached one without open processes that has waited
   * longest ends for it.
   *
   * @throws {RpcError} -32600 when there is none
   */
  create(target: NotificationTarget, principal?: Principal): Session {
    if (this.#sessions.size >= this.#maxSessions) this.#makeRoom();
    const session = new Session(this.#settings, principal);
    this.#sessions.set(session.id, session);
    session.attach(target);
    return session;
  }

  /**
   * Attaches a detached session to a new connection.
   *
   * @throws {RpcError} -32600 for an unknown or expired session or that of another principal, -32010 for one that is
   * attached
   */
  resume(id: string, target: NotificationTarget, principal?: Principal): Session {
    const session = this.#sessions.get(id);
    if (session === undefined || session.principal !== principal) throw invalidRequest(TEXTS.unknownSession(id));
    if (session.attached) throw new RpcError(ErrorCode.SessionAttached, TEXTS.sessionAttached(id));
    const deadline = this.#deadlines.get(session);
    if (deadline !== undefined && performance.now() >= deadline.at) {
      this.#remove(session);
      throw invalidRequest(TEXTS.unknownSession(id));
    }
    clearTimeout(deadline?.timer);
    this.#deadlines.delete(session);
    session.attach(target);
    return session;
  }

  /** The session's connection ended: it waits for a resume, with a full time to live. */
  detach(session: Session): void {
    if (!this.#sessions.has(session.id)) return;
    session.detach();
    const ttl = this.#settings.sessionTtlMs;
    this.#deadlines.set(session, {
      at: performance.now() + ttl,
      timer: setTimeout(() => this.#remove(session), ttl),
    });
  }

  /** Ends every session and kills their processes. */
  endAll(): void {
    for (const session of [...this.#sessions.values()]) this.#remove(session);
  }

  #makeRoom(): void {
    for (const session of this.#deadlines.keys()) {
      if (session.openProcesses === 0) return this.#remove(session);
    }
    throw invalidRequest(TEXTS.tooManySessions(this.#maxSessions));
  }

  #remove(session: Session): void {
    clearTimeout(this.#deadlines.get(session)?.timer);
    this.#deadlines.delete(session);
    this.#sessions.delete(session.id);
    session.end();
  }
}

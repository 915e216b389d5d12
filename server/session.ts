import type { Principal } from "./auth/authenticator.ts";
import { LIMITS, type NotificationName, type NotificationParams } from "../protocol/mod.ts";
import type { Encodable } from "./handlers/handlers.ts";
import { groupExists, killSession, signalGroup } from "./process/kill_group.ts";
import type { ManagedProcess, ProcessOwner } from "./process/managed_process.ts";
import type { Watchdog } from "./process/watchdog.ts";

/** The connection a session is attached to. */
export interface NotificationTarget {
  /** Sends a notification. */
  notify(method: string, params: unknown): void;
  /** Whether the client is behind with reading. */
  readonly congested: boolean;
  /** Resolves when it has caught up or is gone. */
  drained(): Promise<void>;
}

/** What all sessions of a server share. */
export interface SessionSettings {
  /** Life of a detached session, ms. */
  readonly sessionTtlMs: number;
  /** How long a closed process is remembered, ms. */
  readonly processRetentionMs: number;
  /** Output retained for each process, bytes. */
  readonly retainedOutputBytes: number;
  /** Output that all processes of one session retain, bytes. */
  readonly maxRetainedBytes: number;
  /** Knows the groups to kill should the server die. */
  readonly watchdog: Watchdog;
}

/**
 * A client's processes, which outlive its connection.
 *
 * Source: exec-server protocol, section 6.3.
 */
export class Session implements ProcessOwner {
  /** Names it for a resume; 122 random bits. */
  readonly id: string = crypto.randomUUID();
  /** Who may resume it; undefined for everybody who needs no authentication. */
  readonly principal: Principal | undefined;
  readonly processes: Map<string, ManagedProcess> = new Map();
  readonly #settings: SessionSettings;
  readonly #paused = new Set<ManagedProcess>();
  /** Closed processes and when they are forgotten, the one that closed first in front. */
  readonly #retention = new Map<ManagedProcess, ReturnType<typeof setTimeout>>();
  /** Those of them that still retain output. */
  readonly #readable = new Set<ManagedProcess>();
  #retainedBytes = 0;
  #target: NotificationTarget | undefined;
  #draining = false;
  #ended = false;

  /** @param settings shared by all sessions of the server; @param principal who opened it */
  constructor(settings: SessionSettings, principal?: Principal) {
    this.principal = principal;
    this.#settings = settings;
  }

  /** Bytes of output its processes retain. */
  get retainedOutputBytes(): number {
    return this.#settings.retainedOutputBytes;
  }

  /** Processes that are not closed. */
  get openProcesses(): number {
    return this.processes.size - this.#retention.size;
  }

  /** Whether the attached client is behind with reading; without one nothing waits. */
  get congested(): boolean {
    return this.#target?.congested ?? false;
  }

  /** Whether a connection holds it. */
  get attached(): boolean {
    return this.#target !== undefined;
  }

  /** Sends events to this connection from now on. */
  attach(target: NotificationTarget): void {
    this.#target = target;
  }

  /** Events are only recorded from now on; processes that waited for the client go on. */
  detach(): void {
    this.#target = undefined;
    this.#resumePaused();
  }

  notify<N extends NotificationName>(method: N, params: Encodable<NotificationParams<N>>): void {
    this.#target?.notify(method, params);
  }

  retained(process: ManagedProcess, change: number): void {
    this.#retainedBytes += change;
    if (this.#retainedBytes <= this.#settings.maxRetainedBytes) return;
    for (const closed of this.#readable) {
      this.#shrink(closed);
      if (this.#retainedBytes <= this.#settings.maxRetainedBytes) return;
    }
    this.#shrink(process);
  }

  /** Drops output of one process until the session is within its bound. */
  #shrink(process: ManagedProcess): void {
    const { log } = process;
    const before = log.retainedBytes;
    log.shrink(Math.max(0, before - (this.#retainedBytes - this.#settings.maxRetainedBytes)));
    this.#retainedBytes -= before - log.retainedBytes;
    if (log.retainedBytes === 0) this.#readable.delete(process);
  }

  paused(process: ManagedProcess): void {
    this.#paused.add(process);
    if (!this.#draining) this.#resumeWhenDrained();
  }

  /** Adds a started process. */
  add(process: ManagedProcess): void {
    this.processes.set(process.description.id, process);
    this.#settings.watchdog.add(process.child.pid);
  }

  exited(process: ManagedProcess): void {
    if (!groupExists(process.child.pid)) this.#settings.watchdog.remove(process.child.pid);
  }

  closed(process: ManagedProcess): void {
    if (this.#ended) return;
    if (process.log.retainedBytes > 0) this.#readable.add(process);
    const timer = setTimeout(() => this.#forget(process), this.#settings.processRetentionMs);
    Deno.unrefTimer(timer); // remembering alone keeps no program alive
    this.#retention.set(process, timer);
    if (this.#retention.size <= LIMITS.maxClosedProcesses) return;
    const [oldest] = this.#retention.keys();
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(process: ManagedProcess): void {
    clearTimeout(this.#retention.get(process));
    this.#retention.delete(process);
    this.#readable.delete(process);
    this.processes.delete(process.description.id);
    this.#retainedBytes -= process.log.retainedBytes;
    this.#killGroup(process);
  }

  /** Kills every process it knows and forgets them. */
  end(): void {
    this.#ended = true;
    for (const timer of this.#retention.values()) clearTimeout(timer);
    this.#retention.clear();
    this.#readable.clear();
    this.#target = undefined;
    for (const process of this.processes.values()) {
      this.#killGroup(process);
      process.dispose();
    }
    this.processes.clear();
  }

  #killGroup(process: ManagedProcess): void {
    const { pid } = process.child;
    // a reaped leader's number is free for others once its group is empty
    if (process.exitCode === undefined || groupExists(pid)) {
      if (process.description.tty) killSession(pid);
      signalGroup(pid, "SIGKILL");
    }
    this.#settings.watchdog.remove(pid);
  }

  async #resumeWhenDrained(): Promise<void> {
    this.#draining = true;
    while (this.#paused.size > 0 && this.#target !== undefined) {
      await this.#target.drained();
      if (!this.congested) this.#resumePaused();
    }
    this.#draining = false;
  }

  #resumePaused(): void {
    const processes = [...this.#paused];
    this.#paused.clear();
    for (const process of processes) process.resume();
  }
}

import type { NotificationName, NotificationParams } from "../protocol/mod.ts";
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
  /** Knows the groups to kill should the server die. */
  readonly watchdog: Watchdog;
}

/**
 * A client's processes, which outlive its connection.
 *
 * Source: exec-server protocol, section 6.3.
 */
export class Session implements ProcessOwner {
  readonly id: string = crypto.randomUUID();
  readonly processes = new Map<string, ManagedProcess>();
  readonly #settings: SessionSettings;
  readonly #paused = new Set<ManagedProcess>();
  readonly #retention = new Map<ManagedProcess, ReturnType<typeof setTimeout>>();
  #target: NotificationTarget | undefined;
  #draining = false;
  #ended = false;

  /** @param settings shared by all sessions of the server */
  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /** Bytes of output its processes retain. */
  get retainedOutputBytes(): number {
    return this.#settings.retainedOutputBytes;
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
    const forget = () => {
      this.#retention.delete(process);
      this.processes.delete(process.description.id);
      this.#killGroup(process);
    };
    const timer = setTimeout(forget, this.#settings.processRetentionMs);
    Deno.unrefTimer(timer); // remembering alone keeps no program alive
    this.#retention.set(process, timer);
  }

  /** Kills every process it knows and forgets them. */
  end(): void {
    this.#ended = true;
    for (const timer of this.#retention.values()) clearTimeout(timer);
    this.#retention.clear();
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

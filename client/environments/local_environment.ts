import type { EnvironmentInfo, ExecBackend, Filesystem, HttpClient } from "../../protocol/mod.ts";
import type { Environment, EnvironmentStatus } from "../environment.ts";

/**
 * What this machine is worked on with. The client library has none of its own: the program that has both sides hands the
 * server's over, so that a local environment costs no socket.
 */
export interface LocalBackends {
  /** Starts processes. */
  readonly exec: ExecBackend;
  /** Files, with the sandbox for restricted requests. */
  readonly filesystem: Filesystem;
  /** Sends HTTP requests. */
  readonly http: HttpClient;
  /** Describes this machine. */
  readonly info: () => EnvironmentInfo | Promise<EnvironmentInfo>;
  /** Ends processes and helpers; called when the environment is closed. */
  readonly close?: () => Promise<void>;
}

/** Id of the environment that is this machine; no other may have it. */
export const LOCAL_ID = "local";

/** This machine as an environment. */
export class LocalEnvironment implements Environment {
  readonly id: string = LOCAL_ID;
  readonly isRemote = false;
  readonly execServerUrl: undefined = undefined;
  readonly capabilities: Environment["capabilities"] = { exec: true, filesystem: true };
  readonly exec: ExecBackend;
  readonly filesystem: Filesystem;
  readonly http: HttpClient;
  readonly #backends: LocalBackends;
  #closing: Promise<void> | undefined;

  /** Takes the backends over. @param backends closed with the environment */
  constructor(backends: LocalBackends) {
    this.#backends = backends;
    this.exec = backends.exec;
    this.filesystem = backends.filesystem;
    this.http = backends.http;
  }

  /** Describes this machine. */
  async info(): Promise<EnvironmentInfo> {
    return await this.#backends.info();
  }

  /** Always ready. */
  status(): Promise<EnvironmentStatus> {
    return Promise.resolve({ status: "ready" });
  }

  /** Ends what runs here. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#backends.close?.() ?? Promise.resolve();
    return this.#closing;
  }
}

import {
  type EnvironmentInfo,
  ErrorCode,
  type ExecBackend,
  type Filesystem,
  type HttpClient,
  RpcError,
} from "../../protocol/mod.ts";
import type { Environment, EnvironmentStatus } from "../environment.ts";
import { formatDuration } from "../format_duration.ts";
import { RemoteExec } from "../remote_exec.ts";
import { RemoteFilesystem } from "../remote_filesystem.ts";
import { connectTarget, type ConnectTargetOptions } from "./connect_target.ts";
import { EnvironmentError } from "./environment_error.ts";
import type { EnvironmentTarget, NamedTarget } from "./environment_target.ts";
import { SharedClient } from "./shared_client.ts";
import { SharedHttpClient } from "./shared_http_client.ts";

const INFO_TIMEOUT_MS = 30_000, STATUS_TIMEOUT_MS = 10_000;

/**
 * An environment behind an exec-server. Nothing is opened before the first use, and all users share one connection.
 *
 * Source: environments, sections 1.11 and 2.2.
 */
export class RemoteEnvironment implements Environment {
  readonly id: string;
  /** Where its exec-server is. */
  readonly target: EnvironmentTarget;
  readonly isRemote = true;
  readonly execServerUrl: string | undefined;
  readonly capabilities: Environment["capabilities"] = { exec: true, filesystem: true };
  readonly exec: ExecBackend;
  readonly filesystem: Filesystem;
  readonly http: HttpClient;
  readonly #client: SharedClient;

  /** Connects to nothing yet. @param named id and place; @param options how to connect */
  constructor({ id, target }: NamedTarget, options: ConnectTargetOptions = {}) {
    this.id = id;
    this.target = target;
    this.execServerUrl = target.kind === "url" ? target.url : undefined;
    this.#client = new SharedClient({
      connect: (signal) => connectTarget(target, signal, options),
      // a program that has ended is not started again
      reopen: target.kind !== "program",
    });
    this.exec = new RemoteExec(this.#client.get);
    this.filesystem = new RemoteFilesystem(this.#client.get);
    this.http = new SharedHttpClient(this.#client.get);
  }

  /**
   * Describes the executor; connects if necessary.
   *
   * @throws {RpcError} -32601 from a server of 0.130, which does not tell
   * @throws {EnvironmentError} when it does not answer within 30 s
   */
  async info(): Promise<EnvironmentInfo> {
    const client = await this.#client.get();
    return client.environmentInfo ??
      await withinTime(client.call("environment/info", {}), "environment/info", INFO_TIMEOUT_MS);
  }

  /** Whether it can be used; asks the server when there is a connection, and does not make or mend one. */
  async status(): Promise<EnvironmentStatus> {
    const { client, status } = this.#client;
    if (client === undefined || status.status !== "ready") return status;
    try {
      await withinTime(client.call("environment/status", {}), "environment/status", STATUS_TIMEOUT_MS);
    } catch (error) {
      // a server of 0.130 does not know the question, but it has answered
      const answered = error instanceof RpcError && error.code === ErrorCode.MethodNotFound;
      if (!answered) return { status: "disconnected", error: (error as Error).message };
    }
    return { status: "ready" };
  }

  /** Ends the connection, and a program that was started for it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]();
  }
}

/** Makes a remote environment. */
export function openRemoteEnvironment(named: NamedTarget): RemoteEnvironment {
  return new RemoteEnvironment(named);
}

async function withinTime<T>(answer: Promise<T>, method: string, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const text = `timed out waiting for exec-server \`${method}\` response after ${formatDuration(timeoutMs)}`;
  const timer = setTimeout(() => late.reject(new EnvironmentError(text)), timeoutMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

import { LIMITS } from "../../protocol/mod.ts";
import type { Environment } from "../environment.ts";
import { configProvider } from "./config_provider.ts";
import { resolveSelection } from "./default_selection.ts";
import { EnvironmentError } from "./environment_error.ts";
import type { EnvironmentProvider, EnvironmentsSnapshot } from "./environment_provider.ts";
import { LOCAL_ID, type LocalBackends, LocalEnvironment } from "./local_environment.ts";
import { noiseProvider } from "./noise_provider.ts";
import type { OpenEnvironment } from "./open_environment.ts";
import { readEnvironmentsFile } from "./read_environments_file.ts";
import { openRemoteEnvironment } from "./remote_environment.ts";
import { targetOfUrl, type UrlTargetOptions } from "./target_of_url.ts";
import { URL_VARIABLE, urlProvider } from "./url_provider.ts";

/** What a manager is made with. */
export interface EnvironmentManagerOptions {
  /** Makes the environment `local`; without it, this machine cannot be one. */
  readonly local?: (() => LocalBackends | Promise<LocalBackends>) | undefined;
  /** Makes remote environments; default over the network or standard input and output. */
  readonly open?: OpenEnvironment | undefined;
}

/**
 * The environments an agent may work on, by id: this machine and any number of exec-servers. Remote ones connect with
 * their first use.
 *
 * Source: environments, section 3.
 *
 * @example
 * ```ts ignore
 * await using manager = await EnvironmentManager.fromCodexHome("/home/me/.codex");
 * const environment = manager.defaultEnvironment();
 * const bytes = await environment?.filesystem.readFile("/etc/hostname");
 * ```
 */
export class EnvironmentManager implements AsyncDisposable {
  readonly #environments = new Map<string, Environment>();
  readonly #replaced = new Set<Environment>();
  readonly #open: OpenEnvironment;
  #defaultId: string | undefined;

  private constructor(open: OpenEnvironment) {
    this.#open = open;
  }

  /**
   * Makes a manager of what a provider knows.
   *
   * @throws {EnvironmentError} for an empty, reserved or repeated id, an unknown default, or `local` without backends
   */
  static async create(
    provider: EnvironmentProvider,
    options: EnvironmentManagerOptions = {},
  ): Promise<EnvironmentManager> {
    const snapshot = await provider.snapshot();
    const manager = new EnvironmentManager(options.open ?? openRemoteEnvironment);
    await manager.#take(snapshot, options.local);
    return manager;
  }

  /**
   * The environment of the `CODEX_EXEC_SERVER_NOISE_*` variables; without them, environments of `environments.toml` (or
   * `environments.jsonc`) in a folder; when there is none, of `CODEX_EXEC_SERVER_URL`. A file, even an empty one, makes
   * that variable count for nothing.
   *
   * @param codexHome folder
   * @param options also `variables`, the process's own by default
   * @throws {EnvironmentError} when the file is wrong; there is no fallback to the variable
   * @throws {RegistryError} when some of the Noise variables are missing
   */
  static async fromCodexHome(
    codexHome: string,
    options: EnvironmentManagerOptions & { readonly variables?: Readonly<Record<string, string>> } = {},
  ): Promise<EnvironmentManager> {
    const open = options.open ?? openRemoteEnvironment;
    const noise = noiseProvider(variablesOf(options), open);
    if (noise !== undefined) return await EnvironmentManager.create(noise, options);
    const config = await readEnvironmentsFile(codexHome);
    if (config === undefined) return await EnvironmentManager.fromEnv(options);
    return await EnvironmentManager.create(configProvider(config, { configDir: codexHome, open }), options);
  }

  /**
   * The environment of the `CODEX_EXEC_SERVER_NOISE_*` variables; without them those of `CODEX_EXEC_SERVER_URL`.
   *
   * @param options also `variables`, the process's own by default
   * @throws {RegistryError} when some of the Noise variables are missing
   */
  static async fromEnv(
    options: EnvironmentManagerOptions & { readonly variables?: Readonly<Record<string, string>> } = {},
  ): Promise<EnvironmentManager> {
    const variable = variablesOf(options), open = options.open ?? openRemoteEnvironment;
    const provider = noiseProvider(variable, open) ?? urlProvider(variable(URL_VARIABLE), open);
    return await EnvironmentManager.create(provider, options);
  }

  /** A manager with nothing in it and no default; environments can be added. */
  static withoutEnvironments(options: Pick<EnvironmentManagerOptions, "open"> = {}): EnvironmentManager {
    return new EnvironmentManager(options.open ?? openRemoteEnvironment);
  }

  /** Id of the environment new threads start with, if there is one; without one agents get no shell and no files. */
  get defaultEnvironmentId(): string | undefined {
    return this.#defaultId;
  }

  /** Ids in their order: `local`, those of the provider, those added later. */
  get environmentIds(): string[] {
    return [...this.#environments.keys()];
  }

  /** The environment new threads start with, if there is one. */
  defaultEnvironment(): Environment | undefined {
    return this.#defaultId === undefined ? undefined : this.#environments.get(this.#defaultId);
  }

  /** Ids a new thread starts with: none without a default, else the default one first and then all others. */
  defaultEnvironmentIds(): string[] {
    const first = this.#defaultId;
    return first === undefined ? [] : [first, ...this.environmentIds.filter((id) => id !== first)];
  }

  /** This machine, if it is one of the environments. */
  tryLocalEnvironment(): Environment | undefined {
    return this.#environments.get(LOCAL_ID);
  }

  /** The default environment, or this machine when there is none, if it is one of the environments. */
  defaultOrLocalEnvironment(): Environment | undefined {
    return this.defaultEnvironment() ?? this.tryLocalEnvironment();
  }

  /** The environment of an id; always the same object until it is replaced. */
  getEnvironment(id: string): Environment | undefined {
    return this.#environments.get(id);
  }

  /**
   * Adds an environment or puts another in its place; nothing is connected and the default stays. Who holds the replaced
   * one can go on with it; it is closed with the manager, or earlier when very many were replaced.
   *
   * Source: environments, section 3.3. The form of the id and of the URL is not checked.
   *
   * @throws {EnvironmentError} for an empty or reserved id, a URL that names none, or headers that may not be sent
   */
  upsertEnvironment(id: string, url: string, options: UrlTargetOptions = {}): Environment {
    checkAddedId(id);
    const target = targetOfUrl(url, options);
    const old = this.#environments.get(id);
    if (old === undefined && this.#environments.size >= LIMITS.maxEnvironments) {
      throw new EnvironmentError(`at most ${LIMITS.maxEnvironments} environments may be configured`);
    }
    const environment = this.#open({ id, target });
    this.#environments.set(id, environment);
    if (old !== undefined) this.#retire(old);
    return environment;
  }

  /** Ends every connection, and what runs on this machine. */
  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#environments.values(), ...this.#replaced];
    await Promise.all(all.map((environment) => environment[Symbol.asyncDispose]()));
  }

  async #take(snapshot: EnvironmentsSnapshot, local: EnvironmentManagerOptions["local"]): Promise<void> {
    const { environments, includeLocal, defaultSelection } = snapshot;
    if (includeLocal && local === undefined) {
      throw new EnvironmentError("local environment requires configured runtime paths");
    }
    const ids = new Set<string>(includeLocal ? [LOCAL_ID] : []);
    for (const { id } of environments) {
      checkAddedId(id);
      if (ids.has(id)) throw new EnvironmentError(`environment id \`${id}\` is duplicated`);
      ids.add(id);
    }
    const defaultId = resolveSelection(defaultSelection, ids);
    if (defaultId !== undefined && !ids.has(defaultId)) {
      throw new EnvironmentError(`default environment \`${defaultId}\` is not configured`);
    }
    if (includeLocal && local !== undefined) this.#environments.set(LOCAL_ID, new LocalEnvironment(await local()));
    for (const environment of environments) this.#environments.set(environment.id, environment);
    this.#defaultId = defaultId;
  }

  #retire(environment: Environment): void {
    this.#replaced.add(environment);
    const [oldest] = this.#replaced;
    if (this.#replaced.size <= LIMITS.maxReplacedEnvironments || oldest === undefined) return;
    this.#replaced.delete(oldest);
    Promise.resolve(oldest[Symbol.asyncDispose]()).catch(() => {}); // nobody waits for it
  }
}

function variablesOf(
  { variables }: { readonly variables?: Readonly<Record<string, string>> },
): (name: string) => string | undefined {
  return variables === undefined ? (name) => Deno.env.get(name) : (name) => variables[name];
}

function checkAddedId(id: string): void {
  if (id === "") throw new EnvironmentError("environment id cannot be empty");
  if (id === LOCAL_ID) throw new EnvironmentError(`environment id \`${LOCAL_ID}\` is reserved for EnvironmentManager`);
}

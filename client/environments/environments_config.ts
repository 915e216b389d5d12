import { readBoolean, readList, readPath, readSeconds, readString, readStrings, readTable } from "./config_value.ts";

/** Skills that an environment must have; kept for those who load skills. */
export interface SkillsConfig {
  /** Names. */
  readonly required?: readonly string[];
}

/** One `[[environments]]` table as it is written; {@linkcode resolveEntry} checks it. */
export interface EnvironmentEntry {
  /** Its name. */
  readonly id: string;
  /** Skills it must have. */
  readonly skills?: SkillsConfig;
  /** `ws://` or `wss://`; excludes `program`. */
  readonly url?: string;
  /** Sent as `authorization: Bearer …` when connecting. */
  readonly auth_bearer_token?: string;
  /** Program that speaks the protocol over stdio; excludes `url`. */
  readonly program?: string;
  /** Its arguments. */
  readonly args?: readonly string[];
  /** Variables laid over this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its directory; relative to the folder of the file. */
  readonly cwd?: string;
  /** Bound of connecting, ms. */
  readonly connect_timeout_sec?: number;
  /** Bound of the handshake, ms. */
  readonly initialize_timeout_sec?: number;
}

/** The content of `environments.toml` or `environments.jsonc` (environments, section 4.1). */
export interface EnvironmentsConfig {
  /** Id of the default environment, or `none`. */
  readonly default?: string;
  /** Whether this machine is one of the environments; default true. */
  readonly include_local?: boolean;
  /** In the order of the file. */
  readonly environments?: readonly EnvironmentEntry[];
}

// the order of the names is that of the original's error texts
const readEntry = readTable<EnvironmentEntry>("EnvironmentToml", {
  id: readString,
  skills: readTable<SkillsConfig>("ScopedSkillsConfig", { required: readList(readString) }),
  url: readString,
  auth_bearer_token: readString,
  program: readString,
  args: readList(readString),
  env: readStrings,
  cwd: readPath,
  connect_timeout_sec: readSeconds,
  initialize_timeout_sec: readSeconds,
}, ["id"]);

const readConfig = readTable<EnvironmentsConfig>("EnvironmentsToml", {
  default: readString,
  include_local: readBoolean,
  environments: readList(readEntry),
});

/** Checks the types of a parsed configuration file; durations become milliseconds. @throws {ConfigValueError} naming the key */
export function readEnvironmentsConfig(value: unknown): EnvironmentsConfig {
  return readConfig(value, []);
}

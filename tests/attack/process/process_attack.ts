import type { ExecServerClient } from "../../../client/mod.ts";
import type { ProfileLine } from "../../support/profiles_on_wire.ts";

/** What an attack finds and what it aims at. */
export interface AttackScene {
  readonly client: ExecServerClient;
  /** False for the control. */
  readonly sandboxed: boolean;
  readonly root: string;
  /** `ROOT/ws`, the workspace. */
  readonly ws: string;
  /** `ROOT/out`, with a file `secret`. */
  readonly out: string;
  /** Whether a process with these arguments, started by this attack, is alive. */
  marked(...argv: string[]): boolean;
}

/** Something a sandboxed process tries that must come to nothing. */
export interface ProcessAttack {
  readonly name: string;
  /** Lines of its profile, `$` is the root of the scene; default reads all and writes the workspace. */
  readonly profile?: readonly ProfileLine[];
  readonly network?: "restricted" | "enabled";
  readonly tty?: boolean;
  /** Prepares what it aims at. */
  readonly trap?: (scene: AttackScene) => void;
  /** For `sh`; it prints BREACH when the forbidden worked, and finds ROOT, WS, OUT, PORT, TARGET and NAME set. */
  readonly script: string;
  /** Looks for a breach besides; called when the process has ended. */
  readonly breach?: (scene: AttackScene) => boolean | Promise<boolean>;
  /** Whether it works without a sandbox, which proves that it tries something: always, for root only, or not surely. */
  readonly control: "always" | "root" | "none";
  /** Whether it is also tried under Landlock, with a profile that reads all. */
  readonly landlock?: true;
}

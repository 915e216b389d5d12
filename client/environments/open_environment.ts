import type { Environment } from "../environment.ts";
import type { NamedTarget } from "./environment_target.ts";

/** Makes an environment of a name and a place; nothing is connected yet. */
export type OpenEnvironment = (named: NamedTarget) => Environment;

import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/**
 * Builds one subcommand. Its action hands its exit status to `ended`; an action that never does ends with 0, one that
 * throws with 1 and the error's message on stderr.
 */
export type CommandFactory = (ended: (status: number) => void) => CommandUnknownOpts;

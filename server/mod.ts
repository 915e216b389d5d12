/**
 * The exec-server: listeners, sessions, processes, terminals and files.
 *
 * @module
 */
export type { Handlers } from "./handlers/handlers.ts";

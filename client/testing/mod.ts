/**
 * A fake exec-server for the tests of programs that use the client.
 *
 * @module
 */
export * from "./fake_exec_server.ts";
export * from "./fake_files.ts";
export type { FakeCommand, FakeRun } from "./fake_processes.ts";

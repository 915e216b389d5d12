/**
 * The exec-server: listeners, sessions, processes, terminals and files.
 *
 * @module
 */
export { ExecServer, type ExecServerOptions } from "./exec_server.ts";
export type { CreateDirectoryOptions } from "./filesystem/create_directory.ts";
export { LocalFilesystem, type OpenOptions } from "./filesystem/local_filesystem.ts";
export type { ReadFileOptions } from "./filesystem/read_file.ts";
export type { RemoveOptions } from "./filesystem/remove.ts";
export { LineTransport } from "./line_transport.ts";
export { DEFAULT_LISTEN, type ListenAddress, parseListenAddress } from "./listen_address.ts";
export { createLogger, LOG_LEVELS, type LogFields, type Logger, type LogLevel, stderrLogger } from "./log.ts";
export type { Child, ChildEvents, ChildInput, Spawner, SpawnSpec, StreamName } from "./process/spawner.ts";
export { SpawnError } from "./process/spawner.ts";
export { CommandSpawner } from "./process/command_spawner.ts";
export { PosixSpawner } from "./process/posix_spawner.ts";
export type { SandboxFallback } from "./process/sandbox/process_sandbox.ts";
export { type SelfTestOptions, testProcessWalls, type WallTest } from "./process/sandbox/self_test.ts";
export type { OpenedDescriptor } from "./posix/posix_spawn.ts";
export type { ByteStream } from "./byte_stream.ts";
export type { ExitStatus } from "./posix/child_exit.ts";
export { errorStack } from "./error_stack.ts";
export { stdioStream } from "./stdio_stream.ts";
export { VERSION } from "./version.ts";

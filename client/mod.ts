/**
 * The client library: talks to an exec-server, ours or codex'.
 *
 * @module
 */
export * from "./environment.ts";
export * from "./error_text.ts";
export * from "./errors.ts";
export * from "./file_streams.ts";
export * from "./exec_server_client.ts";
export * from "./http_client.ts";
export * from "./read_file_text.ts";
export * from "./remote_exec.ts";
export * from "./remote_filesystem.ts";
export { spawnStdio, type StdioCommand } from "./stdio_transport.ts";
export type { ConnectTarget } from "./transport_source.ts";
export * from "./unix_transport.ts";
export * from "./websocket_transport.ts";
export type { ServerNotification } from "./notification_listeners.ts";

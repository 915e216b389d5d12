/**
 * The client library: talks to an exec-server, ours or codex'.
 *
 * @module
 */
export * from "./environment.ts";
export * from "./errors.ts";
export * from "./exec_server_client.ts";
export * from "./executor_fetch.ts";
export { HttpStreamError } from "./http_body_route.ts";
export * from "./http_client.ts";
export * from "./remote_http_client.ts";
export * from "./remote_exec.ts";
export * from "./remote_filesystem.ts";
export * from "./websocket_transport.ts";
export type { ServerNotification } from "./notification_listeners.ts";

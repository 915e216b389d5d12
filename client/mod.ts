/**
 * The client library: talks to an exec-server, ours or codex'.
 *
 * @module
 */
export * from "./environment.ts";
export * from "./errors.ts";
export * from "./exec_server_client.ts";
export * from "./http_client.ts";
export * from "./websocket_transport.ts";
export type { ServerNotification } from "./notification_listeners.ts";

/**
 * The client library: talks to an exec-server, ours or codex'.
 *
 * @module
 */
export * from "./environment.ts";
export * from "./environments/agents_md.ts";
export * from "./environments/approval_memory.ts";
export * from "./environments/config_provider.ts";
export * from "./environments/connect_target.ts";
export * from "./environments/default_selection.ts";
export * from "./environments/environment_error.ts";
export * from "./environments/environment_manager.ts";
export * from "./environments/environment_provider.ts";
export * from "./environments/environment_target.ts";
export * from "./environments/environments_config.ts";
export * from "./environments/find_up.ts";
export * from "./environments/instructions_text.ts";
export * from "./environments/local_environment.ts";
export * from "./environments/noise_provider.ts";
export * from "./environments/open_environment.ts";
export * from "./environments/pipeline.ts";
export * from "./environments/read_environments_file.ts";
export * from "./environments/remote_environment.ts";
export * from "./environments/target_of_url.ts";
export * from "./environments/thread_selections.ts";
export * from "./environments/url_provider.ts";
export * from "./environments/walk_tree.ts";
export * from "./error_text.ts";
export * from "./errors.ts";
export * from "./file_streams.ts";
export * from "./exec_server_client.ts";
export * from "./executor_fetch.ts";
export * from "./gateway/gateway.ts";
export * from "./gateway/gateway_options.ts";
export { HttpStreamError } from "./http_body_route.ts";
export * from "./http_client.ts";
export * from "./read_file_text.ts";
export * from "./remote_http_client.ts";
export * from "./remote_exec.ts";
export * from "./remote_filesystem.ts";
export { sandboxFromPolicy, sandboxFromProfile, sandboxFromProfileWithCwd } from "./sandbox_context.ts";
export { spawnStdio, type StdioCommand } from "./stdio_transport.ts";
export type { ConnectTarget } from "./transport_source.ts";
export * from "./unix_transport.ts";
export { environmentTransport, type EnvironmentTransportOptions } from "./registry/environment_transport.ts";
export { environmentUrl, type EnvironmentUrlOptions } from "./registry/environment_url.ts";
export * from "./websocket_transport.ts";
export type { ServerNotification } from "./notification_listeners.ts";

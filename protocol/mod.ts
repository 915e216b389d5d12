/**
 * The wire protocol: methods, schemas, errors, limits, paths and the JSON-RPC peer both sides share.
 *
 * @module
 */
export * from "./base64.ts";
export * from "./concat_bytes.ts";
export * from "./decode_params.ts";
export * from "./encode_message.ts";
export * from "./encode_sandbox.ts";
export * from "./errors.ts";
export * from "./filesystem.ts";
export * from "./http_client.ts";
export * from "./json_rpc.ts";
export * from "./legacy_policy.ts";
export * from "./limits.ts";
export * from "./memory_transport.ts";
export * from "./message_queue.ts";
export * from "./methods.ts";
export * from "./path_uri.ts";
export * from "./peer.ts";
export * from "./repeated_member.ts";
export * from "./permission_profile.ts";
export * from "./process_event_iterator.ts";
export * from "./process_event_log.ts";
export * from "./process_exit.ts";
export * from "./process_handle.ts";
export * from "./project_roots.ts";
export * from "./protected_names.ts";
export * from "./settled_within.ts";
export * from "./texts.ts";
export * from "./transport.ts";
export * from "./wire_types.ts";

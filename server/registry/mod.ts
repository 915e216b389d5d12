/**
 * A small registry with its rendezvous, in memory; apart from the server, which does without its protobuf library.
 *
 * @module
 */
export { RegistryServer, type RegistryServerOptions } from "./registry_server.ts";

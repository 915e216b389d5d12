/**
 * The exec-server: listeners, sessions, processes, terminals and files.
 *
 * @module
 */
export type { Authenticator, AuthResult, Principal } from "./auth/authenticator.ts";
export { CapabilityToken } from "./auth/capability_token.ts";
export { SignedToken, type SignedTokenOptions } from "./auth/signed_token.ts";
export type { TlsIdentity } from "./listener.ts";
export type { SandboxOptions, ServerStateOptions } from "./create_server_state.ts";
export { ExecServer, type ExecServerOptions } from "./exec_server.ts";
export type { CreateDirectoryOptions } from "./filesystem/create_directory.ts";
export { type FilesystemService, serveFilesystem } from "./filesystem_service.ts";
export { LocalFilesystem, type OpenOptions } from "./filesystem/local_filesystem.ts";
export type { ReadFileOptions } from "./filesystem/read_file.ts";
export type { RemoveOptions } from "./filesystem/remove.ts";
export { HttpPolicy, type HttpPolicyOptions } from "./http/http_policy.ts";
export { LocalHttpClient, type LocalHttpClientOptions } from "./http/local_http_client.ts";
export type { HostResolver } from "./http/resolve_host.ts";
export { LineTransport } from "./line_transport.ts";
export { LocalExec } from "./local_exec.ts";
export { DEFAULT_LISTEN, type ListenAddress, parseListenAddress } from "./listen_address.ts";
export { FrontDoor, type FrontDoorOptions, type ServeTransport } from "./front_door.ts";
export type { Listener } from "./listener.ts";
export { createLogger, LOG_LEVELS, type LogFields, type Logger, type LogLevel, stderrLogger } from "./log.ts";
export type { Child, ChildEvents, ChildInput, Spawner, SpawnSpec, StreamName } from "./process/spawner.ts";
export { SpawnError } from "./process/spawner.ts";
export { type BwrapProbe, type BwrapSearch, probeBwrap } from "./process/sandbox/bwrap_probe.ts";
export { CommandSpawner } from "./process/command_spawner.ts";
export { PosixSpawner } from "./process/posix_spawner.ts";
export type { SandboxFallback } from "./process/sandbox/process_sandbox.ts";
export { type SelfTestOptions, testProcessWalls, type WallTest } from "./process/sandbox/self_test.ts";
export type { OpenedDescriptor } from "./posix/posix_spawn.ts";
export type { ByteStream } from "./byte_stream.ts";
export type { ExitStatus } from "./posix/child_exit.ts";
export { errorStack } from "./error_stack.ts";
export {
  environmentRegistration,
  type EnvironmentRegistrationOptions,
  REMOTE_TRANSPORTS,
  type RemoteTransport,
} from "./remote/environment_registration.ts";
export { executorRegistration, type ExecutorRegistrationOptions } from "./remote/executor_registration.ts";
export type { NoiseKeyPair } from "../protocol/noise/noise_keys.ts";
export type { NoisePublicKey } from "../protocol/noise/noise_public_key.ts";
export type { HarnessQuestion, NoiseIdentity } from "./remote/noise_streams.ts";
export type { Registration, RegistrationOptions, Rendezvous } from "./remote/registration.ts";
export { BEARER_TOKEN_VARIABLE } from "./remote/registration_input.ts";
export type { Sleep } from "./remote/registry_backoff.ts";
export { RegistryError, type RegistryNoun } from "../protocol/registry/registry_error.ts";
export { type DialOptions, type RemoteExecutorOptions, runRemoteExecutor } from "./remote/remote_executor.ts";
export { DEFAULT_LIMITS, type ServerLimits } from "./server_limits.ts";
export { stdioStream } from "./stdio_stream.ts";
export type { ServerSnapshot } from "./telemetry/signals.ts";
export { type Refusal, Telemetry, telemetryEnabled } from "./telemetry/telemetry.ts";
export { VERSION } from "./version.ts";

/**
 * Error texts that clients and people match on, so they are exactly the original's.
 *
 * Source: exec-server protocol, sections 4.4 and 5 to 9.
 */
export const TEXTS = {
  /** -32601. */
  unknownMethod: (method: string): string => `exec-server stub does not implement \`${method}\` yet`,
  /** -32600, before `initialize`. */
  callInitialize: (family: string): string => `client must call initialize before using ${family} methods`,
  /** -32600, after `initialize`, before `initialized`. */
  sendInitialized: (family: string): string => `client must send initialized before using ${family} methods`,
  /** -32600. */
  initializeOnce: "initialize may only be sent once per connection",
  /** -32600. */
  unknownSession: (id: string): string => `unknown session id ${id}`,
  /** -32010. */
  sessionAttached: (id: string): string => `session ${id} is already attached to another connection`,
  /** -32600. */
  sessionResumed: "session has been resumed by another connection",
  /** HTTP 401, no `Authorization` header. */
  missingBearerToken: "missing websocket bearer token",
  /** HTTP 401, another scheme or none. */
  invalidAuthorization: "invalid authorization header",
  /** HTTP 401. */
  invalidBearerToken: "invalid websocket bearer token",
  /** HTTP 401. */
  invalidJwt: "invalid websocket jwt",
  /** HTTP 401. */
  expiredJwt: "expired websocket jwt",
  /** HTTP 401. */
  earlyJwt: "websocket jwt is not valid yet",
  /** HTTP 401. */
  jwtIssuer: "websocket jwt issuer mismatch",
  /** HTTP 401. */
  jwtAudience: "websocket jwt audience mismatch",
  /** HTTP 429; own. */
  tooManyAuthFailures: "too many failed authentications from this address",
  /** HTTP 403; own. */
  foreignHost: "Host header does not name this machine",
  /** HTTP 503; own. */
  tooManyConnections: (limit: number): string => `at most ${limit} connections may be open`,
  /** -32600; own. */
  tooManySessions: (limit: number): string => `at most ${limit} sessions may exist`,
  /** -32600; own. */
  tooManyProcesses: (limit: number): string => `at most ${limit} processes may run in one session`,
  /** -32602. */
  emptyArgv: "argv must not be empty",
  /** -32602. */
  emptyWriteId: "writeId must not be empty",
  /** -32600. */
  processExists: (id: string): string => `process ${id} already exists`,
  /** -32600. */
  unknownProcess: (id: string): string => `unknown process id ${id}`,
  /** -32603. */
  missingProgram: "missing program for pipe spawn",
  /** -32603. */
  missingPtyProgram: "missing program for PTY spawn",
  /** -32603. */
  nulByte: "nul byte found in provided data",
  /** -32603. */
  noPtyCandidate: (program: string, path: string): string =>
    `Unable to spawn ${program} because:\nNo viable candidates found in PATH "${path}"`,
  /** -32603. */
  stdinWriteFailed: "failed to write to process stdin",
  /** -32603. */
  signalFailed: (reason: string): string => `failed to signal process: ${reason}`,
  /** -32600. */
  tooLargeToRead: (limit: number): string => `file is too large to read: limit is ${limit} bytes`,
  /** -32600. */
  notAFile: (path: string): string => `path \`${path}\` is not a file`,
  /** -32600, with `followSymlinks: false`. */
  notRegularFile: "path is not a regular file",
  /** -32600, with `followSymlinks: false`. */
  containsSymlink: "path contains a symbolic link",
  /** -32603, with `followSymlinks: false`. */
  recursiveNoFollow: "recursive no-follow removal is unsupported",
  /** -32600. */
  badWriteData: (reason: string): string => `fs/writeFile requires valid base64 dataBase64: ${reason}`,
  /** -32600. */
  copyNeedsRecursive: "fs/copy requires recursive: true when sourcePath is a directory",
  /** -32600. */
  copyIntoItself: "fs/copy cannot copy a directory to itself or one of its descendants",
  /** -32600. */
  copyUnsupported: "fs/copy only supports regular files, directories, and symlinks",
  /** -32600. */
  walkLimitsZero: "filesystem walk limits must be greater than zero",
  /** -32600. */
  walkLimitsMax: "filesystem walk limits exceed maximums: depth=64, directories=10000, entries=50000",
  /** -32600. */
  tooManyHandles: (limit: number): string => `at most ${limit} file handles may be open per connection`,
  /** -32600. */
  handleIdTooLong: "file handle ID must not exceed 32 bytes",
  /** -32600. */
  handleExists: (id: string): string => `file handle \`${id}\` already exists`,
  /** -32004. */
  unknownHandle: (id: string): string => `unknown file handle \`${id}\``,
  /** -32600. */
  readBlockLength: "file read block length must be between 1 and 1048576",
  /** -32600. */
  writeBlockLength: "file write block length must be between 1 and 1048576",
  /** -32602. */
  configPathsRequired: "at least one config or requirements path is required",
  /** -32602. */
  tomlPathEmpty: "TOML paths must contain at least one key segment",
  /** -32602. */
  httpStreamActive: (id: string): string => `http/request streamResponse requestId \`${id}\` is already active`,
  /** -32602. */
  httpMethodInvalid: "http/request method is invalid: invalid HTTP method",
  /** -32602. */
  httpUrlInvalid: (reason: string): string => `http/request url is invalid: ${reason}`,
  /** -32602. */
  httpScheme: (scheme: string): string => `http/request only supports http and https URLs, got ${scheme}`,
  /** -32602. */
  httpHeaderName: "http/request header name is invalid: invalid HTTP header name",
  /** -32602. */
  httpHeaderValue: (name: string): string =>
    `http/request header value is invalid for ${name}: failed to parse header value`,
  /** -32602. */
  httpVariableDenied: (name: string, variable: string): string =>
    `http/request header ${name} cannot use executor environment variable ${variable}`,
  /** -32602. */
  httpVariableMissing: (name: string, variable: string): string =>
    `http/request header ${name} requires executor environment variable ${variable}`,
  /** -32602. */
  httpVariableEmpty: (name: string, variable: string): string =>
    `http/request header ${name} requires a non-empty executor environment variable ${variable}`,
  /** -32603; clients that retry match on its beginning. */
  httpFailed: (reason: string): string => `http/request failed: ${reason}`,
  /** A reason of {@linkcode TEXTS.httpFailed}: no connection, no answer, or none in time. */
  httpSending: (url: string): string => `error sending request for url (${url})`,
  /** A reason of {@linkcode TEXTS.httpFailed}: a deadline of 0 ms. */
  httpTimedOut: "route-aware request timed out",
  /** A reason of {@linkcode TEXTS.httpFailed}. */
  httpTooManyRedirects: "too many redirects",
  /** A reason of {@linkcode TEXTS.httpFailed}. */
  httpRedirectScheme: (scheme: string): string => `redirect target uses unsupported URL scheme: ${scheme}`,
  /** -32603. */
  httpBodyFailed: (reason: string): string => `failed to read http/request response body: ${reason}`,
  /** Why a body ended early, in the last delta and behind {@linkcode TEXTS.httpBodyFailed}. */
  httpBodyBroken: "error decoding response body",
} as const;

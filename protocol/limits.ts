const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Every bound of the wire and of the server, with its reason. Sizes are bytes, times are milliseconds.
 *
 * Source: exec-server protocol, section 13 (timers and limits); entries marked "own" have no counterpart there.
 */
export const LIMITS = {
  /** A larger single websocket frame closes the connection (1009). */
  maxFrameBytes: 16 * MIB,
  /** A larger reassembled message, or a longer stdio line, is refused (1009 or a parse error); `--max-message-bytes`. */
  maxMessageBytes: 64 * MIB,
  /** Own: the least `--max-message-bytes`: a block of a file and what stands around it must pass. */
  minMessageBytes: 2 * MIB,
  /** Containers may nest this deep in one message. */
  maxJsonDepth: 127,
  /** JSON values in one message; every value and container counts, keys do not. */
  maxJsonValues: 262_144,
  /** Own: bytes of the HTTP request that opens a websocket; browsers and proxies stop at the same size. */
  maxHttpHeadBytes: 16 * KIB,
  /** Own: a connection that has not finished its HTTP request by then is closed, so idle sockets cannot pile up. */
  httpHeadTimeoutMs: 10_000,
  /** Own: sockets whose handshake is not finished; the one that waited longest is closed for a further one. */
  maxHandshakes: 256,
  /** Own: connections open at once, each of which has buffers of its own; `--max-connections`. */
  maxConnections: 1_024,
  /** Own: sessions, attached and detached; `--max-sessions`. */
  maxSessions: 1_024,
  /** Own: processes of one session that are not closed: a runaway loop must not take every pid; `--max-processes`. */
  maxProcesses: 1_024,
  /** Own: closed processes one session remembers; the oldest are forgotten before their retention is over. */
  maxClosedProcesses: 1_024,
  /** Own: bytes of output one session retains, the full share of 128 processes; `--max-retained-bytes`. */
  maxRetainedBytes: 128 * MIB,
  /** Own: failed authentications of one address that are answered at once; one is forgiven a second. */
  authFailureBurst: 10,
  /** Own: how late further ones are answered, so guessing is slow. */
  authFailureDelayMs: 1_000,
  /** Own: such answers waiting for one address; above it nothing from there is looked at (429). */
  maxHeldAuthFailures: 16,
  /** Own: addresses whose failures are remembered. */
  maxAuthFailureAddresses: 4_096,
  /** Own: requests of one connection that run at once; further ones wait unread in the socket; `--max-in-flight`. */
  maxInFlightRequests: 256,
  /** Own: decoded frames waiting for a free request slot before the socket is no longer read. */
  maxQueuedMessages: 128,
  /** Own: bytes of such frames before the socket is no longer read. */
  maxQueuedMessageBytes: 1 * MIB,
  /** Own: outgoing bytes of one connection above which its processes are no longer read. */
  sendHighWaterBytes: 2 * MIB,
  /** Own: outgoing bytes below which reading goes on. */
  sendLowWaterBytes: 512 * KIB,
  /** Own: bytes of file content one connection may hold in answers at once; one larger file is let through alone. */
  maxReadAheadBytes: 64 * MIB,
  /** Own: outgoing messages larger than this are sent in fragments, so that pings pass between them. */
  fragmentBytes: 1 * MIB,
  /** The server pings each websocket this often. */
  pingIntervalMs: 30_000,
  /** Own: how long a closing connection waits for the peer's close frame. */
  closeTimeoutMs: 1_000,
  /** A detached session lives this long; `--session-ttl`. */
  sessionTtlMs: 80_000,
  /** A closed process is remembered this long; `--process-retention`. */
  processRetentionMs: 80_000,
  /** Output kept for each process; `--retained-output-bytes`. */
  retainedOutputBytes: 1 * MIB,
  /** Output chunks kept for each process. */
  retainedOutputChunks: 50_000,
  /** Own: most bytes in one output event: one pipe's capacity. */
  outputChunkBytes: 64 * KIB,
  /** Own: chunks of memory kept to be used again by all connections: what one connection's queue holds. */
  maxPooledChunks: 40,
  /** Chunks waiting for a process to read its stdin; further writes wait for room. */
  maxStdinChunks: 128,
  /** Own: bytes waiting for a process to read its stdin. */
  maxStdinBytes: 4 * MIB,
  /** Write ids remembered for each process. */
  maxRememberedWriteIds: 4_096,
  /** Own: the longest timer there is, for the wall time of a process. */
  maxTimerMs: 2 ** 31 - 1,
  /** Terminal size when `process/start` names none. */
  defaultTtyRows: 24,
  /** Terminal size when `process/start` names none. */
  defaultTtyCols: 80,
  /** The kernel keeps terminal sizes in 16 bits. */
  maxTtySize: 65_535,
  /** `fs/readFile` refuses larger files. */
  maxReadFileBytes: 512 * MIB,
  /** `fs/readBlock` and `fs/writeBlock` move at most this much. */
  maxBlockBytes: 1 * MIB,
  /** Open file handles of one connection; `--max-file-handles`. */
  maxFileHandles: 128,
  /** Bytes of a client-chosen handle id. */
  maxFileHandleIdBytes: 32,
  /** Deepest `fs/walk`. */
  maxWalkDepth: 64,
  /** Directories one `fs/walk` may enter. */
  maxWalkDirectories: 10_000,
  /** Entries one `fs/walk` may return. */
  maxWalkEntries: 50_000,
  /** Paths of one `fs/watchMissing`. */
  maxWatchedPaths: 64,
  /** Own: filesystem calls a helper of the client keeps on the way at once: a full connection without filling the server. */
  maxPipelinedCalls: 32,
  /** Own: replaced environments kept open for those who still use them; the oldest is closed. */
  maxReplacedEnvironments: 16,
  /** Own: environments of one manager; names come from whoever may add some. */
  maxEnvironments: 256,
  /** Own: approvals remembered for one thread; a forgotten one is asked again. */
  maxRememberedApprovals: 4_096,
  /** Output of a process kept between two calls of a model; the middle of more is dropped (environments, 7.1). */
  maxToolOutputBytes: 1 * MIB,
  /** Processes kept for a model to come back to; a further one ends another (environments, 7.1). */
  maxToolProcesses: 64,
  /** Own: bytes of an image a model may look at; models take no larger ones. */
  maxImageBytes: 32 * MIB,
  /** Own: names in one answer of list_dir; more would fill a model's context. */
  maxListedEntries: 2_000,
  /** Relay: a longer stream id is refused. */
  maxRelayStreamIdBytes: 128,
  /** Relay: a longer reset reason is refused. */
  maxRelayResetReasonBytes: 256,
  /** Relay: logical connections on one rendezvous websocket, as many as the original's. */
  maxRelayStreams: 128,
  /** Own: bytes of all logical connections of one rendezvous that wait to be taken: one largest message, and its record. */
  maxRelayQueueBytes: 64 * MIB + 64 * KIB,
  /** Noise: a longer JSON-RPC message is not sent, and a stream that announces one ends. */
  maxNoiseMessageBytes: 64 * MIB,
  /** Noise: bytes of a message that go into one record. */
  maxNoisePlaintextBytes: 60 * KIB,
  /** Noise: a longer handshake message or record is refused; the Noise specification has no longer ones. */
  maxNoiseFrameBytes: 65_535,
  /** Noise: records of one stream and direction: their numbers have 32 bits and never begin again. */
  maxNoiseRecords: 2 ** 32,
  /** Noise: how far ahead of its turn a record may come. */
  maxNoiseReorderFrames: 64,
  /** Noise: bytes of records that wait for their turn. */
  maxNoiseReorderBytes: 1 * MIB,
  /** Noise: bytes of the registry's authorization of a harness' key. */
  maxNoiseAuthorizationBytes: 4_096,
  /** Noise: handshakes of one rendezvous that wait for the registry's word; a further one is refused. */
  maxNoiseValidations: 32,
  /** Noise: the first pause before a registry is asked again where an environment is; it doubles. */
  noiseRetryMs: 500,
  /** Noise: the longest such pause. */
  maxNoiseRetryMs: 5_000,
  /** Own: how long our registry waits for the executor of a Noise environment before it answers: half of what clients wait. */
  meetingWaitMs: 5_000,
  /** Own: how long our registry's authorization of a harness' key is good: connecting and waiting for the executor, twice. */
  harnessKeyTtlMs: 60_000,
  /** A request to a registry takes at most this long; also the connection to a rendezvous. */
  registryTimeoutMs: 10_000,
  /** Own: a longer answer of a registry is an error; answers hold a URL and some names. */
  maxRegistryAnswerBytes: 64 * KIB,
  /** The first pause between two registrations; it doubles. */
  registryBackoffMs: 1_000,
  /** The longest pause between two registrations. */
  maxRegistryBackoffMs: 30_000,
  /** Own: a longer request body is refused by our registry (413); the longest real one holds a key of 1.6 KB. */
  maxRegistryRequestBytes: 64 * KIB,
  /** Own: connections open at our registry at once. */
  maxRegistryConnections: 4_096,
  /** Own: environments our registry remembers; one that is offline gives way to a new one. */
  maxRegisteredEnvironments: 1_024,
  /** Own: an environment whose executor is away this long is forgotten: well behind the life of its sessions. */
  registrationTtlMs: 300_000,
  /** Own: grants to connect that are remembered for each environment; the oldest goes. */
  maxRegistryGrants: 1_024,
  /** Own: clients of one environment at our registry: what an executor serves at once. */
  maxRendezvousClients: 128,
  /** Own: how long a client waits at the rendezvous for an executor that is just reconnecting. */
  rendezvousWaitMs: 10_000,
  /** Own: how long a client that does not read may hold up the others of its executor before it is cut. */
  rendezvousStallMs: 5_000,
  /** A longer line of a stdio MCP server ends it. */
  maxMcpLineBytes: 8 * MIB,
  /** Decoded bytes of one `http/request/bodyDelta`; 0.169 clients refuse larger ones. */
  maxHttpDeltaBytes: 1 * MIB,
  /** Redirects one `http/request` follows. */
  maxHttpRedirects: 10,
  /** Headers of a response; the original refuses more as well. */
  maxHttpResponseHeaders: 100,
  /** Bytes of a response's head: what the original's HTTP stack holds. */
  maxHttpResponseHeadBytes: 408 * KIB,
  /** Own: interim responses (100, 103) before the final one; a server that sends nothing else would never end. */
  maxHttpInterimResponses: 100,
  /** Own: bytes of chunk extensions, and of trailers, of one response. */
  maxHttpChunkOverheadBytes: 16 * KIB,
  /** Own: first and smallest read from an upstream socket; a thousand idle streams then hold 16 MiB. */
  minHttpReadBytes: 16 * KIB,
  /** Own: largest read from an upstream socket; as base64 it fits the memory that is kept for sending. */
  maxHttpReadBytes: 128 * KIB,
  /** Own: microseconds an answer is waited for busily, on connections whose last ones took no longer. */
  maxBusyWaitMicros: 300,
  /** Own: pieces of that size kept to be used again by all connections: what one connection's queue holds. */
  maxKeptHttpReads: 16,
  /** Own: bodies of buffered responses that one connection holds at once, until they are sent. */
  maxHttpBufferedBytes: 256 * MIB,
  /** Own: streamed responses of one connection at once; each holds a socket. */
  maxHttpStreams: 4_096,
  /** Own: upstream connections that one client keeps for reuse. */
  maxIdleHttpConnections: 32,
  /** Own: how long an upstream connection is kept for reuse: what the original's HTTP stack does. */
  httpIdleTimeoutMs: 90_000,
  /** Own: an address that has not answered by then gets company by the next one of the same host (RFC 8305). */
  httpConnectStaggerMs: 300,
  /** Bytes of body deltas that the client queues for readers of one connection before a stream fails. */
  maxQueuedHttpBodyBytes: 16 * MIB,
  /** Own, client: a websocket that was silent this long is asked for a sign of life, and given up as long after. */
  clientPingIntervalMs: 15_000,
  /** Client: bound of opening a websocket. */
  connectTimeoutMs: 10_000,
  /** Client: bound of the handshake. */
  initializeTimeoutMs: 10_000,
  /** Client: how long a lost connection may take to be made again. */
  recoveryWindowMs: 45_000,
  /** Client: longest time between two attempts to connect again; the first ones follow faster. */
  recoveryRetryMs: 100,
  /** Client: time between asking a started server to end and killing it. */
  stdioGraceMs: 2_000,
  /** Own, client: calls that wait for an answer; a caller that never waits is stopped before memory is full. */
  maxPendingCalls: 65_536,
  /** Own, client: writes of one process that wait for an answer: as many ids as servers remember. */
  maxUnansweredWrites: 4_096,
  /** Own, client: how long after its first event a process's output is kept for a first reader who is expected. */
  firstReaderMs: 1_000,
  /** Client: events of a process kept for who begins to read later. */
  eventHistory: 256,
  /** Client: bytes of output kept for who begins to read later. */
  eventHistoryBytes: 1 * MIB,
  /** Own, client: events kept for readers that are behind; one further behind reads again from the executor. */
  maxEventBacklog: 65_536,
  /** Own, client: bytes of output kept for readers that are behind. */
  maxEventBacklogBytes: 16 * MIB,
  /** Client: events that wait for one before them. */
  maxReorderEvents: 256,
  /** Client: bytes of output that wait for an event before them. */
  maxReorderBytes: 1 * MIB,
  /** Own: resolved permission profiles that are remembered; one takes some KiB. */
  maxRememberedProfiles: 256,
  /** Own: sandboxes of requests whose text is recognised; each takes some times its text. */
  maxRepeatedMembers: 16,
  /** Own: largest message in which one is looked for: a longer one carries something else that costs more. */
  maxRepeatedMessageLength: 128 * KIB,
  /** Own: directories watched so that a remembered profile need not be looked at again: a fraction of what one user may. */
  maxWatchedDirectories: 8_192,
  /** Own: entries of one permission profile: to resolve that many takes a tenth of a second, once. */
  maxProfileEntries: 1_024,
  /** Own: workspace roots of one request; each entry for them counts as often. */
  maxWorkspaceRoots: 64,
  /** Own: deny globs of one permission profile, once for each workspace root: each is tried on each path. */
  maxDenyGlobs: 256,
  /** Own: UTF-16 units of one deny glob: no longer path can match one without stars. */
  maxGlobLength: 4_096,
  /** Own: sandbox helpers that are kept while nobody uses them, least recently used ones end first: 15 MB each. */
  maxHelpers: 16,
  /** Own: a sandbox helper that nobody used for so long ends; to start one takes 30 ms. */
  helperIdleMs: 60_000,
  /** Own: a sandbox helper whose memory grew beyond this is replaced when it is idle. */
  maxHelperBytes: 96 * MIB,
  /** Own: policies whose carried objects are remembered, with or without a helper. */
  maxPolicies: 1_024,
  /** Own: denied and read-only objects that are remembered for one policy, to know them again after a rename. */
  maxCarriedObjects: 4_096,
  /** Own: answered requests whose span is not written yet; writing that many takes less than a millisecond. */
  maxUnreportedRequests: 32,
  /** Own: the latest such a span is written. */
  telemetryDelayMs: 50,
  /** Own: how long a stopping server waits for requests in flight. */
  drainTimeoutMs: 5_000,
} as const;

/** Names of the bounds in {@linkcode LIMITS}. */
export type LimitName = keyof typeof LIMITS;

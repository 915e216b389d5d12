/** What a server looks like at one moment; gauges show it. */
export interface ServerSnapshot {
  /** Connections being served. */
  readonly connections: number;
  /** Sessions with a connection. */
  readonly attachedSessions: number;
  /** Sessions that wait for a resume. */
  readonly detachedSessions: number;
  /** Processes that are not closed. */
  readonly processes: number;
  /** Sandbox helpers that run. */
  readonly helpers: number;
  /** Requests being answered. */
  readonly inFlightRequests: number;
  /** Bytes waiting to be sent to clients. */
  readonly queuedBytes: number;
}

/** The gauges: name, unit, what they say and how they are read. All labels have values from a fixed list. */
export const GAUGES: readonly {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly read: (snapshot: ServerSnapshot) => readonly (readonly [number, Readonly<Record<string, string>>])[];
}[] = [
  {
    name: "exec_server.connections",
    unit: "{connection}",
    description: "Connections being served",
    read: ({ connections }) => [[connections, {}]],
  },
  {
    name: "exec_server.sessions",
    unit: "{session}",
    description: "Sessions by state: attached to a connection, or detached and waiting for a resume",
    read: ({ attachedSessions, detachedSessions }) => [
      [attachedSessions, { state: "attached" }],
      [detachedSessions, { state: "detached" }],
    ],
  },
  {
    name: "exec_server.processes",
    unit: "{process}",
    description: "Processes that are not closed",
    read: ({ processes }) => [[processes, {}]],
  },
  {
    name: "exec_server.helpers",
    unit: "{process}",
    description: "Running helpers of the filesystem sandbox",
    read: ({ helpers }) => [[helpers, {}]],
  },
  {
    name: "exec_server.requests.in_flight",
    unit: "{request}",
    description: "Requests being answered",
    read: ({ inFlightRequests }) => [[inFlightRequests, {}]],
  },
  {
    name: "exec_server.send_queue",
    unit: "By",
    description: "Bytes waiting to be sent to clients",
    read: ({ queuedBytes }) => [[queuedBytes, {}]],
  },
];

/** The counters and the histogram. */
export const COUNTERS = {
  requests: { name: "exec_server.requests", unit: "{request}", description: "Answered requests by method and outcome" },
  resumes: { name: "exec_server.resumes", unit: "{session}", description: "Attempts to resume a session by outcome" },
  refusals: {
    name: "exec_server.refusals",
    unit: "{connection}",
    description: "Connections that were not let in, by reason",
  },
  duration: { name: "exec_server.request.duration", unit: "s", description: "From a request to its answer, by method" },
} as const;

/** Upper bounds of the histogram's buckets, s: a metadata call takes 0.1 ms, a long poll an hour. */
export const DURATION_BUCKETS: readonly number[] = [
  ...[0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
];

import { Option } from "@commander-js/extra-typings";
import { LIMITS } from "../protocol/mod.ts";
import { bound, messageBytes } from "./option_values.ts";

/** The flags of bounds that the operator may set; what happens at each is said in `docs/operators.md`. */
export const LIMIT_OPTIONS = {
  maxConnections: new Option("--max-connections <N>", "connections open at once")
    .argParser(bound).default(LIMITS.maxConnections),
  maxSessions: new Option("--max-sessions <N>", "sessions, with and without a connection")
    .argParser(bound).default(LIMITS.maxSessions),
  maxProcesses: new Option("--max-processes <N>", "open processes of one session")
    .argParser(bound).default(LIMITS.maxProcesses),
  maxRetainedBytes: new Option("--max-retained-bytes <N>", "output kept for all processes of one session")
    .argParser(bound).default(LIMITS.maxRetainedBytes),
  maxInFlight: new Option("--max-in-flight <N>", "requests of one connection that run at once")
    .argParser(bound).default(LIMITS.maxInFlightRequests),
  maxMessageBytes: new Option("--max-message-bytes <N>", "largest message, at most the default")
    .argParser(messageBytes).default(LIMITS.maxMessageBytes),
  maxFileHandles: new Option("--max-file-handles <N>", "open file handles of one connection")
    .argParser(bound).default(LIMITS.maxFileHandles),
  maxHttpStreams: new Option("--max-http-streams <N>", "streamed HTTP responses of one connection")
    .argParser(bound).default(LIMITS.maxHttpStreams),
  maxHelpers: new Option("--max-helpers <N>", "sandbox helpers kept while nobody uses them")
    .argParser(bound).default(LIMITS.maxHelpers),
};

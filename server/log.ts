/** Levels, from the quietest to the loudest. */
export const LOG_LEVELS = ["off", "error", "warn", "info", "debug"] as const;
/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Facts of a log line: counts, ids, durations; never commands, paths, bodies, environment values or tokens. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes log lines. */
export interface Logger {
  /** Something failed that should not. */
  error(message: string, fields?: LogFields): void;
  /** Something is weaker or slower than it could be. */
  warn(message: string, fields?: LogFields): void;
  /** What an operator wants to see. */
  info(message: string, fields?: LogFields): void;
  /** What a developer wants to see. */
  debug(message: string, fields?: LogFields): void;
}

/**
 * A logger of JSON lines `{"time","level","message",...}`.
 *
 * @param level the loudest level written
 * @param write takes one line with its newline
 */
export function createLogger(level: LogLevel, write: (line: string) => void): Logger {
  const loudest = LOG_LEVELS.indexOf(level);
  const at = (name: LogLevel) => (message: string, fields: LogFields = {}) => {
    if (LOG_LEVELS.indexOf(name) > loudest) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level: name, message, ...fields })}\n`);
  };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

/** Writes log lines to stderr; stdout carries the protocol. */
export function stderrLogger(level: LogLevel): Logger {
  return createLogger(level, (line) => {
    try {
      Deno.stderr.writeSync(new TextEncoder().encode(line));
    } catch {
      // nobody reads the log
    }
  });
}

/** A logger that writes nothing, for use as a library. */
export const SILENT: Logger = createLogger("off", () => {});

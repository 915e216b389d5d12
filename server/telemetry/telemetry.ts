import type { Attributes, Context, Counter, Histogram, Meter, Tracer } from "@opentelemetry/api";
import { LIMITS, type MethodName, RpcError, type TraceContext } from "../../protocol/mod.ts";
import { VERSION } from "../version.ts";
import { COUNTERS, DURATION_BUCKETS, GAUGES, type ServerSnapshot } from "./signals.ts";
import { parseTraceParent } from "./trace_parent.ts";

const SCOPE = "exec-server";

/** The part of `@opentelemetry/api` that is used. */
type Api = Pick<
  typeof import("@opentelemetry/api"),
  "trace" | "metrics" | "ROOT_CONTEXT" | "SpanKind" | "SpanStatusCode"
>;

/** Why a connection was not let in. */
export type Refusal = "authentication" | "rate" | "capacity";

/**
 * Traces and metrics of a server by OpenTelemetry. Names and label values come from fixed lists; nothing a client sends
 * is in any signal but the ids of its trace. A request is reported shortly behind its answer, some at a time: that costs
 * more than a small request itself.
 */
export class Telemetry {
  readonly #api: Api;
  readonly #tracer: Tracer;
  readonly #meter: Meter;
  readonly #requests: Counter;
  readonly #resumes: Counter;
  readonly #refusals: Counter;
  readonly #duration: Histogram;
  #answered: AnsweredRequest[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(api: Api) {
    this.#api = api;
    this.#tracer = api.trace.getTracer(SCOPE, VERSION);
    this.#meter = api.metrics.getMeter(SCOPE, VERSION);
    this.#requests = this.#meter.createCounter(COUNTERS.requests.name, COUNTERS.requests);
    this.#resumes = this.#meter.createCounter(COUNTERS.resumes.name, COUNTERS.resumes);
    this.#refusals = this.#meter.createCounter(COUNTERS.refusals.name, COUNTERS.refusals);
    this.#duration = this.#meter.createHistogram(COUNTERS.duration.name, {
      ...COUNTERS.duration,
      advice: { explicitBucketBoundaries: [...DURATION_BUCKETS] },
    });
  }

  /** Loads the API, which Deno backs when it was started with `OTEL_DENO=true`. */
  static async load(): Promise<Telemetry> {
    return new Telemetry(await import("@opentelemetry/api"));
  }

  /** Answers a request; its span, whose parent is the client's, and its metrics follow soon. */
  request(method: MethodName | "unknown", trace: TraceContext | undefined, answer: () => unknown): unknown {
    const started = performance.now();
    try {
      const result = answer();
      if (!(result instanceof Promise)) {
        this.#finished(method, trace, started, "ok");
        return result;
      }
      return result.then((value) => {
        this.#finished(method, trace, started, "ok");
        return value;
      }, (error) => {
        this.#finished(method, trace, started, outcomeOf(error));
        throw error;
      });
    } catch (error) {
      this.#finished(method, trace, started, outcomeOf(error));
      throw error;
    }
  }

  /** Hands over what is known of answered requests. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const answered = this.#answered;
    this.#answered = [];
    for (const request of answered) this.#report(request);
  }

  /** An attempt to resume a session. */
  resumed(outcome: "resumed" | "unknown" | "attached"): void {
    this.#resumes.add(1, { outcome });
  }

  /** A connection was not let in. */
  refused(reason: Refusal): void {
    this.#refusals.add(1, { reason });
  }

  /** Shows the server's state in gauges until the returned handle is disposed. */
  observe(snapshot: () => ServerSnapshot): Disposable {
    const removals = GAUGES.map(({ name, unit, description, read }) => {
      const gauge = this.#meter.createObservableGauge(name, { unit, description });
      const callback = (result: { observe(value: number, attributes?: Attributes): void }) => {
        for (const [value, labels] of read(snapshot())) result.observe(value, labels);
      };
      gauge.addCallback(callback);
      return () => gauge.removeCallback(callback);
    });
    return { [Symbol.dispose]: () => removals.forEach((remove) => remove()) };
  }

  /** The client's span, or no span at all: never one of whatever happens to run here. */
  #parent(trace: TraceContext | undefined): Context {
    const parent = trace === undefined ? undefined : parseTraceParent(trace.traceparent);
    const { ROOT_CONTEXT } = this.#api;
    return parent === undefined ? ROOT_CONTEXT : this.#api.trace.setSpanContext(ROOT_CONTEXT, parent);
  }

  #finished(method: string, trace: TraceContext | undefined, started: number, outcome: string): void {
    this.#answered.push({ method, trace, started, ended: performance.now(), outcome });
    if (this.#answered.length >= LIMITS.maxUnreportedRequests) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), LIMITS.telemetryDelayMs);
  }

  #report({ method, trace, started, ended, outcome }: AnsweredRequest): void {
    const span = this.#tracer.startSpan(method, {
      kind: this.#api.SpanKind.SERVER,
      attributes: { "rpc.system.name": "jsonrpc", "rpc.method": method },
      startTime: performance.timeOrigin + started,
    }, this.#parent(trace));
    if (outcome !== "ok") {
      // a message may name a path
      span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
      span.setAttribute("rpc.response.status_code", outcome);
    }
    span.end(performance.timeOrigin + ended);
    this.#requests.add(1, { "rpc.method": method, outcome });
    this.#duration.record((ended - started) / 1000, { "rpc.method": method });
  }
}

/** What is kept of a request until it is reported. */
interface AnsweredRequest {
  readonly method: string;
  readonly trace: TraceContext | undefined;
  readonly started: number;
  readonly ended: number;
  readonly outcome: string;
}

/** A label: the code of an error, never its message. */
function outcomeOf(error: unknown): string {
  return error instanceof RpcError ? String(error.code) : "unexpected";
}

/** Whether Deno was started with its OpenTelemetry on. */
export function telemetryEnabled(variables: Readonly<Record<string, string>>): boolean {
  const isSet = (name: string) => ["1", "true"].includes((variables[name] ?? "").toLowerCase());
  return isSet("OTEL_DENO") && !isSet("OTEL_SDK_DISABLED");
}

/**
 * The variables that processes may inherit: not those of telemetry, which hold the collector's credentials and would
 * make every Deno program report there.
 */
export function withoutTelemetry(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith("OTEL_")));
}

type Json = Record<string, unknown>;

/** A span as a collector gets it. */
export interface ReceivedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The last value of one series. */
export interface ReceivedPoint {
  readonly metric: string;
  readonly labels: Readonly<Record<string, unknown>>;
  /** Sum, gauge or count of a histogram. */
  readonly value: number;
}

/** A collector that takes OTLP over HTTP as JSON and keeps all of it. */
export class OtlpReceiver implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #bodies: { readonly path: string; readonly text: string }[] = [];

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      this.#bodies.push({ path: new URL(request.url).pathname, text: await request.text() });
      return Response.json({});
    });
  }

  /** Makes a Deno program report here, often. */
  get env(): Readonly<Record<string, string>> {
    return {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#server.addr.port}`,
      OTEL_METRIC_EXPORT_INTERVAL: "100",
      OTEL_BSP_SCHEDULE_DELAY: "50",
    };
  }

  /** Everything that came, as it came. */
  get everything(): string {
    return this.#bodies.map(({ text }) => text).join("\n");
  }

  /** Our spans, oldest first. */
  get spans(): ReceivedSpan[] {
    return this.#scopes("/v1/traces", "resourceSpans", "scopeSpans").flatMap((scope) =>
      (scope.spans as Json[]).map((span) => ({
        name: span.name as string,
        kind: span.kind as number,
        traceId: span.traceId as string,
        spanId: span.spanId as string,
        parentSpanId: (span.parentSpanId ?? "") as string,
        failed: (span.status as Json | undefined)?.code === 2,
        attributes: attributesOf(span),
      }))
    );
  }

  /** Our metrics: the last value of each series. */
  get points(): ReceivedPoint[] {
    const latest = new Map<string, ReceivedPoint>();
    for (const scope of this.#scopes("/v1/metrics", "resourceMetrics", "scopeMetrics")) {
      for (const metric of scope.metrics as Json[]) {
        const kind = (metric.sum ?? metric.gauge ?? metric.histogram) as { dataPoints: Json[] };
        for (const point of kind.dataPoints) {
          const labels = attributesOf(point);
          const value = Number(point.asDouble ?? point.asInt ?? point.count);
          latest.set(`${metric.name} ${JSON.stringify(labels)}`, { metric: metric.name as string, labels, value });
        }
      }
    }
    return [...latest.values()];
  }

  /** The last value of one series, or undefined when it has not come. */
  value(metric: string, labels: Readonly<Record<string, unknown>> = {}): number | undefined {
    const key = keyOf(labels);
    return this.points.find((point) => point.metric === metric && keyOf(point.labels) === key)?.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #scopes(path: string, resources: string, scopes: string): Json[] {
    return this.#bodies.filter((body) => body.path === path)
      .flatMap(({ text }) => JSON.parse(text)[resources] as Json[])
      .flatMap((resource) => resource[scopes] as Json[])
      .filter((scope) => (scope.scope as Json).name === "exec-server");
  }
}

function keyOf(labels: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(labels).sort());
}

function attributesOf(owner: Json): Record<string, unknown> {
  const attributes = (owner.attributes ?? []) as { key: string; value: Json }[];
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

// deno-lint-ignore-file no-console -- a command line tool
/**
 * What authentication, validation and telemetry cost together on `fs/getMetadata`: two servers measured in alternation,
 * one with neither authentication nor telemetry; validation cannot be turned off and is measured by itself.
 *
 *     deno task bench:overhead [--rounds=40]
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { decodeParams } from "../../protocol/mod.ts";
import { ServerProcess } from "../support/server_process.ts";
import { tempDir } from "../support/temp_dir.ts";
import { serverCommand } from "../support/test_server.ts";
import { Rpc } from "./rpc.ts";
import { latencies, percentile } from "./samples.ts";

const CALLS = 100, TOKEN = "a token for the bench";
const params = { path: "/etc/passwd" };
const rounds = Number(Deno.args.find((arg) => arg.startsWith("--rounds="))?.slice("--rounds=".length) ?? "40");

await using dir = await tempDir();
await Deno.writeTextFile(`${dir.path}/token`, TOKEN);
const collector = fromFileUrl(new URL("./discard_server.ts", import.meta.url));
await using sink = await ServerProcess.start({ program: Deno.execPath(), args: ["run", "-A", "--quiet", collector] });
await using plain = await ServerProcess.start(serverCommand());
await using full = await ServerProcess.start({
  ...serverCommand("--ws-auth", "capability-token", "--ws-token-file", `${dir.path}/token`),
  env: { OTEL_DENO: "true", OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_METRIC_EXPORT_INTERVAL: "1000" },
});

const samples: Record<"plain" | "full", number[]> = { plain: [], full: [] };
using onPlain = await Rpc.open(plain.url);
using onFull = await Rpc.open(full.url, { authorization: `Bearer ${TOKEN}` });
for (let round = -2; round < rounds; round++) {
  for (const [name, rpc] of [["plain", onPlain], ["full", onFull]] as const) {
    const times = await latencies(CALLS, () => rpc.call("fs/getMetadata", params));
    // the first rounds compile
    if (round >= 0) samples[name].push(...times);
  }
}
const validationMs = decodeTime();
const [p50, p50Full] = [percentile(samples.plain, 0.5), percentile(samples.full, 0.5)];
const added = p50Full - p50;
const bare = p50 - validationMs;
const row = (name: string, ms: number) => console.log(`| ${name} | ${(ms * 1000).toFixed(1)} | ${share(ms)} |`);
const share = (ms: number) => `${(ms / bare * 100).toFixed(1)} %`;
console.log(`| ${rounds} × ${CALLS} calls of fs/getMetadata | µs, p50 | of a bare call |\n| --- | --- | --- |`);
row("with validation", p50);
row("with validation, authentication and telemetry", p50Full);
row("validation alone", validationMs);
row("authentication and telemetry", added);
row("all three together", added + validationMs);

/** Milliseconds of one decoding, the median of many. */
function decodeTime(): number {
  const times: number[] = [];
  for (let i = 0; i < 200; i++) {
    const started = performance.now();
    for (let j = 0; j < 200; j++) decodeParams("fs/getMetadata", { path: "/etc/passwd" });
    times.push((performance.now() - started) / 200);
  }
  return percentile(times.slice(50), 0.5);
}

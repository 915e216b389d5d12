import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { LIMITS } from "../../../protocol/mod.ts";
import { decodeRelayFrame, encodeRelayFrame, type RelayBody } from "../../../protocol/relay/relay_frame.ts";
import { environmentRegistration, RegistryError } from "../../../server/mod.ts";
import { registryDouble } from "../../support/registry_double.ts";
import { until } from "../../support/until.ts";
import { runExecutor } from "./support.ts";

const options = { id: "env-1", bearerToken: "t", transport: "plain" as const };

/** A rendezvous websocket with the frames an executor sent, by stream. */
class Rendezvous {
  readonly received: { streamId: string; body: RelayBody }[] = [];
  readonly socket: WebSocket;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.received.push(decodeRelayFrame(new Uint8Array(data as ArrayBuffer)));
    });
  }

  send(streamId: string, body: RelayBody): void {
    this.socket.send(encodeRelayFrame({ streamId, body }) as Uint8Array<ArrayBuffer>);
  }

  data(streamId: string, seq: number, message: unknown): void {
    this.send(streamId, { kind: "data", seq, payload: new TextEncoder().encode(JSON.stringify(message)) });
  }

  open(streamId: string, resumeSessionId: string | null = null): Promise<{ sessionId: string }> {
    this.send(streamId, { kind: "resume", nextSeq: 0 });
    this.data(streamId, 0, { id: 1, method: "initialize", params: { clientName: "t", resumeSessionId } });
    this.data(streamId, 1, { method: "initialized", params: {} });
    return this.answer(streamId, 1) as Promise<{ sessionId: string }>;
  }

  /** The result of a request, or its error. */
  async answer(streamId: string, id: number): Promise<unknown> {
    let found: { id?: number; result?: unknown; error?: unknown } | undefined;
    await until(`request ${id} of ${streamId} is answered`, () => {
      found = this.messages(streamId).find((message) => message.id === id);
      return found !== undefined;
    });
    return found?.result ?? found?.error;
  }

  messages(streamId: string): { id?: number; method?: string; result?: unknown; error?: unknown }[] {
    return this.received.flatMap((frame) =>
      frame.streamId === streamId && frame.body.kind === "data"
        ? [JSON.parse(new TextDecoder().decode(frame.body.payload))]
        : []
    );
  }

  seqs(streamId: string): number[] {
    return this.received.flatMap((frame) =>
      frame.streamId === streamId && frame.body.kind === "data" ? [frame.body.seq] : []
    );
  }

  reset(streamId: string): string | undefined {
    const frame = this.received.find(({ streamId: id, body }) => id === streamId && body.kind === "reset");
    return frame?.body.kind === "reset" ? frame.body.reason : undefined;
  }
}

function relayRegistry() {
  return registryDouble((_request, url) =>
    Response.json({ environment_id: "env-1", url: `${url.replace("http", "ws")}/rendezvous?role=executor&sig=secret` })
  );
}

Deno.test("environment registration: an empty body, and no redirects", async () => {
  await using registry = registryDouble(({ path }, url) =>
    path.includes("moved")
      ? Response.redirect(`${url}/elsewhere`)
      : Response.json({ environment_id: "env-1", url: "ws://127.0.0.1:9/" })
  );
  const { signal } = new AbortController();
  const registration = environmentRegistration({ ...options, registryUrl: `${registry.url}/` });
  assertEquals((await registration.register(signal)).url, "ws://127.0.0.1:9/");
  const { method, path, body, headers } = registry.requests[0]!;
  assertEquals({ method, path, body }, { method: "POST", path: "/cloud/environment/env-1/register", body: "" });
  assertEquals([headers.authorization, headers["content-type"]], ["Bearer t", undefined]);
  const moved = environmentRegistration({ ...options, registryUrl: `${registry.url}/moved` });
  await assertRejects(() => moved.register(signal), RegistryError, "environment registry request failed (302 Found)");
  assertEquals(registry.requests.length, 2);
});

Deno.test("environment registration: another environment and Noise are refused", async () => {
  const answers = [
    { environment_id: "other", url: "ws://127.0.0.1:9/" },
    { environment_id: "env-1", url: "ws://127.0.0.1:9/", security_profile: "noise_hybrid_ik_v1" },
  ];
  await using registry = registryDouble(() => Response.json(answers.shift()));
  const registration = environmentRegistration({ ...options, registryUrl: registry.url });
  const { signal } = new AbortController();
  await assertRejects(
    () => registration.register(signal),
    RegistryError,
    "environment registry returned a different environment id",
  );
  await assertRejects(
    () => registration.register(signal),
    RegistryError,
    "environment registry returned unsupported security profile `noise_hybrid_ik_v1`: this executor registered without Noise",
  );
});

Deno.test("environment registration: malformed ids are refused in the original's words", () => {
  const table: [string, string][] = [
    ["", "environment id is required for remote exec-server registration"],
    [" a", "environment id must not contain surrounding whitespace"],
    ["a".repeat(257), "environment id cannot be longer than 256 characters"],
    ["a/b", "environment id must contain only ASCII letters, numbers, '-' or '_'"],
  ];
  for (const [id, detail] of table) {
    let message = "";
    try {
      environmentRegistration({ registryUrl: "http://127.0.0.1:1", id, bearerToken: undefined });
    } catch (error) {
      message = (error as Error).message;
    }
    assertEquals(message, `environment registry configuration error: ${detail}`);
  }
});

Deno.test("relay: many connections on one websocket, each with its own session and numbers", async () => {
  await using registry = relayRegistry();
  await using _executor = await runExecutor(environmentRegistration({ ...options, registryUrl: registry.url }));
  const rendezvous = new Rendezvous(await registry.rendezvous());
  const [a, b] = await Promise.all([rendezvous.open("a"), rendezvous.open("b")]);
  assert(a.sessionId !== b.sessionId);
  rendezvous.data("a", 2, { id: 2, method: "environment/status" });
  assertEquals(await rendezvous.answer("a", 2), { status: "ready" });
  assertEquals([rendezvous.seqs("a"), rendezvous.seqs("b")], [[0, 1], [0]]);
});

Deno.test("relay: a reset ends one connection; its session is resumed on another stream", async () => {
  await using registry = relayRegistry();
  await using _executor = await runExecutor(environmentRegistration({ ...options, registryUrl: registry.url }));
  const rendezvous = new Rendezvous(await registry.rendezvous());
  const { sessionId } = await rendezvous.open("a");
  await rendezvous.open("b");
  rendezvous.send("a", { kind: "reset", reason: "gone" });
  assertEquals((await rendezvous.open("c", sessionId)).sessionId, sessionId);
  rendezvous.data("b", 2, { id: 2, method: "environment/status" });
  assertEquals(await rendezvous.answer("b", 2), { status: "ready" });
});

Deno.test("relay: bad frames are dropped and hurt nobody; a violation resets its own connection", async () => {
  await using registry = relayRegistry();
  await using executor = await runExecutor(environmentRegistration({ ...options, registryUrl: registry.url }));
  const rendezvous = new Rendezvous(await registry.rendezvous());
  await Promise.all([rendezvous.open("a"), rendezvous.open("b")]);
  rendezvous.socket.send("text");
  rendezvous.socket.send(new Uint8Array([1, 2, 3]));
  rendezvous.socket.send(new Uint8Array([8, 9]));
  for (const kind of ["ack", "heartbeat"] as const) rendezvous.send("a", { kind });
  rendezvous.send("b", { kind: "handshake", payload: new Uint8Array([1]) });
  rendezvous.data("a", 2, { method: "no/such/notification" });
  await until("the violator is reset", () => rendezvous.reset("a") !== undefined);
  assertMatch(rendezvous.reset("a")!, /unexpected notification: no\/such\/notification/);
  rendezvous.data("b", 2, { id: 2, method: "environment/status" });
  assertEquals(await rendezvous.answer("b", 2), { status: "ready" });
  assertEquals(executor.logged.filter((line) => line.includes("relay frame dropped")).length, 3);
});

Deno.test("relay: one connection too many is refused, the others go on", async () => {
  await using registry = relayRegistry();
  await using _executor = await runExecutor(environmentRegistration({ ...options, registryUrl: registry.url }));
  const rendezvous = new Rendezvous(await registry.rendezvous());
  for (let i = 0; i < LIMITS.maxRelayStreams; i++) rendezvous.data(`s${i}`, 0, { id: 1, method: "environment/status" });
  rendezvous.data("more", 0, { id: 1, method: "environment/status" });
  await until("it is refused", () => rendezvous.reset("more") !== undefined);
  assertEquals(rendezvous.reset("more"), "too many streams");
  await rendezvous.open(`s${LIMITS.maxRelayStreams - 1}`);
  rendezvous.send("s0", { kind: "reset", reason: "gone" });
  await rendezvous.open("more");
});

Deno.test("relay: a connection that does not take its messages is reset before it fills the memory", async () => {
  await using registry = relayRegistry();
  await using _executor = await runExecutor(environmentRegistration({ ...options, registryUrl: registry.url }));
  const rendezvous = new Rendezvous(await registry.rendezvous());
  await Promise.all([rendezvous.open("greedy"), rendezvous.open("good")]);
  const start = (processId: string) => ({
    id: 2,
    method: "process/start",
    params: { processId, argv: ["/bin/sleep", "60"], cwd: "/", env: {}, tty: false },
  });
  rendezvous.data("greedy", 2, start("p"));
  await rendezvous.answer("greedy", 2);
  // every slot waits for a silent process
  for (let i = 0; i < LIMITS.maxInFlightRequests; i++) {
    const params = { processId: "p", waitMs: 600_000 };
    rendezvous.data("greedy", 3 + i, { id: 100 + i, method: "process/read", params });
  }
  const padding = "x".repeat(1024 * 1024);
  for (let i = 0; i < 66; i++) rendezvous.data("greedy", 1000 + i, { id: 1, method: "environment/info", padding });
  await until("it is reset", () => rendezvous.reset("greedy") !== undefined, 20_000);
  assertEquals(rendezvous.reset("greedy"), "too many unread messages");
  rendezvous.data("good", 2, { id: 2, method: "environment/status" });
  assertEquals(await rendezvous.answer("good", 2), { status: "ready" });
});

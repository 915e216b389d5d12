import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { LIMITS } from "../../../protocol/mod.ts";
import { noisePublicKeySchema } from "../../../protocol/noise/noise_public_key.ts";
import { environmentRegistration, RegistryError } from "../../../server/mod.ts";
import { NoiseHarness } from "../../support/noise_harness.ts";
import { type RecordedRequest, type RegistryDouble, registryDouble } from "../../support/registry_double.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { until } from "../../support/until.ts";
import { startRegistry } from "../registry/support.ts";
import { runExecutor, type RunningExecutor } from "./support.ts";

const VIOLATION = "noise_relay_protocol_error";

interface Meeting extends AsyncDisposable {
  readonly executor: RunningExecutor;
  meet(): Promise<NoiseHarness>;
}

/** An executor of ours at a registry of ours. */
async function meeting(): Promise<Meeting> {
  const registry = await startRegistry();
  const registration = environmentRegistration({ registryUrl: registry.url, id: "env-1", bearerToken: "alice" });
  const executor = await runExecutor(registration);
  await until("it has registered", () => executor.notices.length > 0);
  return {
    executor,
    meet: () => NoiseHarness.meet(registry.url, "env-1", "alice"),
    [Symbol.asyncDispose]: async () => {
      await executor[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

/** A registry double for one executor over Noise. @param validate its word about harnesses */
function noiseDouble(validate: (request: RecordedRequest) => Response): RegistryDouble {
  return registryDouble((request, url) =>
    request.path.endsWith("/register")
      ? Response.json({
        environment_id: "env-1",
        url: `${url.replace("http", "ws")}/rendezvous`,
        security_profile: "noise_hybrid_ik_v1",
        executor_registration_id: "reg-1",
      })
      : validate(request)
  );
}

Deno.test("Noise executor: serves harnesses, each with its own session", async () => {
  await using at = await meeting();
  await using one = await at.meet();
  await using two = await at.meet();
  assertEquals([await one.handshake(), await two.handshake()], [undefined, undefined]);
  await one.initialize();
  await two.initialize();
  one.say({ id: 2, method: "environment/status" });
  two.say({ id: 3, method: "environment/status" });
  assertEquals(await two.hear(), { id: 3, result: { status: "ready" } });
  assertEquals(await one.hear(), { id: 2, result: { status: "ready" } });
});

Deno.test("Noise executor: registers its key, names its websocket, and shows the registry each harness", async () => {
  await using registry = noiseDouble(() => Response.json({ valid: false }));
  const options = { registryUrl: registry.url, id: "env-1", bearerToken: "t" };
  await using executor = await runExecutor(environmentRegistration(options));
  const socket = await registry.rendezvous();
  const [registered] = registry.requests;
  assertEquals([registered?.method, registered?.path], ["POST", "/cloud/environment/env-1/register"]);
  const body = JSON.parse(registered!.body);
  assertEquals([Object.keys(body), body.security_profile], [
    ["security_profile", "executor_public_key"],
    "noise_hybrid_ik_v1",
  ]);
  assert(noisePublicKeySchema.safeParse(body.executor_public_key).success);
  assertMatch(registry.dials[0]?.["x-request-id"] ?? "", /^req_[0-9a-f]{32}$/);
  await using harness = await NoiseHarness.over(socket, body.executor_public_key);
  assertEquals(await harness.handshake(), VIOLATION);
  const asked = registry.requests.find(({ path }) => path.endsWith("/validate"));
  assertEquals(asked?.path, "/cloud/environment/env-1/validate");
  assertEquals([asked?.headers.authorization, asked?.headers["x-codex-noise-stream-id"]], [
    "Bearer t",
    harness.streamId,
  ]);
  assertEquals(JSON.parse(asked!.body), {
    executor_registration_id: "reg-1",
    harness_public_key: harness.publicKey,
    harness_key_authorization: harness.bundle.harness_key_authorization,
  });
  // the same key again after a new registration
  socket.close();
  await registry.rendezvous();
  const again = registry.requests.findLast(({ path }) => path.endsWith("/register"));
  assertEquals(JSON.parse(again!.body), body);
  assert(!executor.logged.join().includes(harness.bundle.harness_key_authorization));
});

Deno.test("Noise executor: a registry that says no, nothing or nonsense lets nobody in", async () => {
  const answers = [
    () => Response.json({ valid: false }),
    () => Response.json({ valid: "true" }),
    () => Response.json({}),
    () => new Response("valid"),
    () => new Response(null, { status: 500 }),
    () => Response.json({ error: { code: "no", message: "no" } }, { status: 401 }),
  ];
  const count = answers.length;
  await using registry = noiseDouble(() => answers.shift()!());
  const options = { registryUrl: registry.url, id: "env-1", bearerToken: "t" };
  await using _executor = await runExecutor(environmentRegistration(options));
  const socket = await registry.rendezvous();
  const { executor_public_key: key } = JSON.parse(registry.requests[0]!.body);
  for (let i = 0; i < count; i++) {
    await using harness = await NoiseHarness.over(socket, key, { keepOpen: true });
    assertEquals(await harness.handshake(), VIOLATION, `${i}`);
  }
  answers.push(() => Response.json({ valid: true }));
  await using harness = await NoiseHarness.over(socket, key, { keepOpen: true });
  assertEquals(await harness.handshake(), undefined);
});

Deno.test("Noise executor: every violation resets its own connection, and no other", async () => {
  await using at = await meeting();
  await using good = await at.meet();
  assertEquals(await good.handshake(), undefined);
  await good.initialize();
  const connected = (act: (harness: NoiseHarness) => void) => async (harness: NoiseHarness) => {
    assertEquals(await harness.handshake(), undefined);
    await harness.initialize();
    act(harness);
    const body = await harness.next();
    return body.kind === "reset" ? body.reason : body.kind;
  };
  const message = { id: 9, method: "environment/status" };
  const table: Record<string, (harness: NoiseHarness) => Promise<string | undefined>> = {
    "another authorization": (harness) => harness.handshake({ authorization: "guess" }),
    "no authorization": (harness) => harness.handshake({ authorization: "" }),
    "a long authorization": (harness) => harness.handshake({ authorization: "x".repeat(4_097) }),
    "another environment": (harness) => harness.handshake({ environmentId: "env-2" }),
    "another registration": (harness) => harness.handshake({ registrationId: "reg-2" }),
    "another stream": (harness) => harness.handshake({ boundTo: "stream" }),
    "a flipped bit": (harness) =>
      harness.handshake({ spoil: (first) => first.map((byte, i) => i === 2_000 ? byte ^ 1 : byte) }),
    "a short message": (harness) => harness.handshake({ spoil: (first) => first.subarray(0, 99) }),
    "data before a handshake": async (harness) => {
      harness.sayTooEarly();
      const body = await harness.next();
      return body.kind === "reset" ? body.reason : body.kind;
    },
    "a second handshake while the first one runs": async (harness) => {
      const { message } = await harness.begin();
      harness.send({ kind: "handshake", payload: message });
      const body = await harness.next();
      return body.kind === "reset" ? body.reason : body.kind;
    },
    "a second handshake": connected((harness) => harness.send({ kind: "handshake", payload: new Uint8Array(9) })),
    "a changed record": connected((harness) => {
      const [record] = harness.records(message);
      harness.send({ ...record!, payload: record!.payload.map((byte, i) => i === 7 ? byte ^ 1 : byte) });
    }),
    "a record left out": connected((harness) => {
      harness.records(message);
      const [record] = harness.records(message);
      harness.send({ ...record!, seq: record!.seq - 1 });
    }),
    "a record far ahead": connected((harness) => {
      const [record] = harness.records(message);
      harness.send({ ...record!, seq: record!.seq + 65 });
    }),
  };
  for (const [name, violate] of Object.entries(table)) {
    await using harness = await at.meet();
    assertEquals(await violate(harness), VIOLATION, name);
  }
  good.say(message);
  assertEquals(await good.hear(), { id: 9, result: { status: "ready" } });
  assert(at.executor.logged.length > 0);
});

Deno.test("Noise executor: records that come twice or in another order change nothing", async () => {
  await using at = await meeting();
  await using harness = await at.meet();
  await harness.handshake();
  await harness.initialize();
  const records = Array.from({ length: 65 }, (_, i) => harness.records({ id: i, method: "environment/status" })[0]!);
  for (const record of records.toReversed()) {
    harness.send(record);
    harness.send(record);
  }
  const answers = [];
  for (let i = 0; i < records.length; i++) answers.push((await harness.hear()).id);
  assertEquals(answers, records.map((_, i) => i));
  harness.send(records[0]!);
  harness.say({ id: 99, method: "environment/status" });
  assertEquals((await harness.hear()).id, 99);
});

Deno.test("Noise executor: handshakes the registry does not answer are bounded, and end with the executor", async () => {
  await using registry = noiseDouble(() => new Response(new ReadableStream()));
  const options = { registryUrl: registry.url, id: "env-1", bearerToken: "t" };
  await using _executor = await runExecutor(environmentRegistration(options));
  const socket = await registry.rendezvous();
  const { executor_public_key: key } = JSON.parse(registry.requests[0]!.body);
  const waiting: NoiseHarness[] = [];
  for (let i = 0; i < LIMITS.maxNoiseValidations; i++) {
    waiting.push(await NoiseHarness.over(socket, key, { keepOpen: true }));
    await waiting[i]!.begin();
  }
  await using more = await NoiseHarness.over(socket, key, { keepOpen: true });
  assertEquals(await more.handshake(), "too many handshakes");
  // one gives up, another may come
  waiting[0]!.send({ kind: "reset", reason: "gone" });
  await using next = await NoiseHarness.over(socket, key, { keepOpen: true });
  await next.begin();
  await using last = await NoiseHarness.over(socket, key, { keepOpen: true });
  assertEquals(await last.handshake(), "too many handshakes");
});

Deno.test("Noise executor: an answer too long for the relay is an error of that request alone", async () => {
  await using folder = await tempDir();
  const path = `${folder.path}/big`;
  await Deno.writeFile(path, new Uint8Array(51_000_000));
  await using at = await meeting();
  await using harness = await at.meet();
  await harness.handshake();
  await harness.initialize();
  harness.say({ id: 2, method: "fs/readFile", params: { path } });
  const { id, error } = await harness.hear() as { id: number; error: { code: number; message: string } };
  assertEquals([id, error.code], [2, -32600]);
  assertStringIncludes(error.message, "is too long for the relay: limit is 67108864 bytes");
  harness.say({ id: 3, method: "environment/status" });
  assertEquals((await harness.hear()).id, 3);
});

Deno.test("Noise executor: messages that are never completed share one bound", async () => {
  await using at = await meeting();
  const long = { id: 2, method: "environment/status", params: { padding: "x".repeat(40_000_000) } };
  await using one = await at.meet();
  await using two = await at.meet();
  for (const harness of [one, two]) {
    await harness.handshake();
    await harness.initialize();
  }
  const all = [one, two].map((harness) => ({ harness, records: harness.records(long), answer: harness.next() }));
  for (const { harness, records } of all) for (const record of records.slice(0, -1)) harness.send(record);
  // which one takes the last of the room is not said
  const reset = await Promise.race(all.map(({ answer }, i) => answer.then((body) => ({ i, body }))));
  assertEquals(reset.body, { kind: "reset", reason: "too many unread messages" });
  const other = all[1 - reset.i]!;
  other.harness.send(other.records.at(-1)!);
  const body = await other.answer;
  assert(body.kind === "data");
  const [message] = other.harness.channel!.decode(body.seq, body.payload);
  assertEquals(JSON.parse(new TextDecoder().decode(message)).id, 2);
});

Deno.test("Noise registration: an answer without Noise, or without a registration, is refused", async () => {
  const answers = [
    { environment_id: "env-1", url: "ws://127.0.0.1:9/" },
    { environment_id: "env-1", url: "ws://127.0.0.1:9/", security_profile: "other" },
    { environment_id: "env-1", url: "ws://127.0.0.1:9/", security_profile: "noise_hybrid_ik_v1" },
  ];
  await using registry = registryDouble(() => Response.json(answers.shift()));
  const registration = environmentRegistration({ registryUrl: registry.url, id: "env-1", bearerToken: "t" });
  const { signal } = new AbortController();
  const texts = [
    "unsupported security profile `none`: this executor registered with Noise",
    "unsupported security profile `other`: this executor registered with Noise",
    "missing field `executor_registration_id`",
  ];
  for (const text of texts) await assertRejects(() => registration.register(signal), RegistryError, text);
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { ClientError, dialWebSocket, environmentTransport, ExecServerClient } from "../../../client/mod.ts";
import { noiseKeyPair } from "../../../protocol/noise/noise_keys.ts";
import { encodeNoisePublicKey, type NoisePublicKeyJson } from "../../../protocol/noise/noise_public_key.ts";
import { RegistryError } from "../../../protocol/registry/registry_error.ts";
import { Grants } from "../../../server/registry/grants.ts";
import { noiseClient } from "../../interop/noise_client.ts";
import { ChaosProxy } from "../../support/chaos_proxy.ts";
import { registryDouble } from "../../support/registry_double.ts";
import { until } from "../../support/until.ts";
import { startExecutor, startRegistry } from "./support.ts";

async function publicKey(): Promise<NoisePublicKeyJson> {
  return encodeNoisePublicKey((await noiseKeyPair()).publicKey);
}

function noise(key: NoisePublicKeyJson) {
  return { security_profile: "noise_hybrid_ik_v1", executor_public_key: key };
}

Deno.test("registry, Noise: a client loses nothing when its connection is cut, and then the executor's", async () => {
  await using registry = await startRegistry();
  await using proxy = new ChaosProxy(registry.url);
  await using _executor = await startExecutor(proxy.url.replace("ws", "http"), "noise");
  await noiseClient({
    registryUrl: registry.url,
    bearerToken: "alice",
    id: "e1",
    cutExecutor: () => proxy.cut(),
    timeLimitMs: 20_000,
  });
});

Deno.test("registry, Noise: who is asked for an environment while it registers again tells of the new registration", async () => {
  await using registry = await startRegistry();
  const key = await publicKey();
  const register = async () => (await registry.post("/cloud/environment/e3/register", noise(key))).json;
  const first = await register();
  const executor = await dialWebSocket(first.url!);
  const connect = { harness_public_key: await publicKey() };
  const { json } = await registry.post("/cloud/environment/e3/connect", connect);
  assertEquals([json.executor_registration_id, json.executor_public_key], [first.executor_registration_id, key]);
  const second = await register();
  let answered = false;
  const asking = registry.post("/cloud/environment/e3/connect", connect).finally(() => answered = true);
  // the one that is there still is of the first registration
  await registry.post("/cloud/environment/e3/validate", {});
  assert(!answered);
  const again = await dialWebSocket(second.url!);
  const renewed = (await asking).json;
  assertEquals(renewed.executor_registration_id, second.executor_registration_id);
  assert(first.executor_registration_id !== second.executor_registration_id);
  await executor.close();
  await again.close();
});

Deno.test("registry, Noise: an authorization is good for one key, one registration and one connection", async () => {
  await using registry = await startRegistry();
  const key = await publicKey(), harness = await publicKey();
  const register = async (id: string) => {
    const { json } = await registry.post(`/cloud/environment/${id}/register`, noise(key));
    return await dialWebSocket(json.url!);
  };
  await using sockets = new AsyncDisposableStack();
  const arrive = async (id: string) => {
    const socket = await register(id);
    sockets.defer(() => socket.close());
  };
  for (const id of ["e3", "e4"]) await arrive(id);
  const { json } = await registry.post("/cloud/environment/e3/connect", { harness_public_key: harness });
  const proof = {
    executor_registration_id: json.executor_registration_id,
    harness_public_key: harness,
    harness_key_authorization: json.harness_key_authorization,
  };
  const validate = async (streamId: string, body: unknown = proof, id = "e3") => {
    const response = await fetch(`${registry.url}/cloud/environment/${id}/validate`, {
      method: "POST",
      headers: { authorization: "Bearer alice", "x-codex-noise-stream-id": streamId },
      body: JSON.stringify(body),
    });
    return (await response.json()).valid;
  };
  assertEquals(await validate("s0", { ...proof, harness_public_key: key }), false);
  assertEquals(await validate("s0", proof, "e4"), false);
  assertEquals([await validate("s1"), await validate("s1"), await validate("s2")], [true, true, false]);
  await arrive("e3");
  assertEquals(await validate("s1"), false);
});

Deno.test("registry, Noise: malformed keys are refused by name", async () => {
  await using registry = await startRegistry();
  const key = await publicKey();
  const bad = { ...key, mlkem768_public_key: "AAAA" };
  await registry.post("/cloud/environment/e3/register", noise(key));
  for (
    const [path, body, member] of [
      ["register", noise(bad), "executor_public_key.mlkem768_public_key"],
      ["register", { ...noise(key), security_profile: "other" }, "security_profile"],
      ["connect", { harness_public_key: { ...key, suite: "other" } }, "harness_public_key.suite"],
      ["connect", { harness_public_key: { ...key, more: 1 } }, "harness_public_key"],
    ] as const
  ) {
    const { status, json } = await registry.post(`/cloud/environment/e3/${path}`, body);
    assertEquals([status, json.error?.code], [400, "invalid_request"]);
    assert(json.error?.message.startsWith(`body: ${member}: `), json.error?.message);
  }
});

Deno.test("grants: one that was given too long ago opens nothing", async () => {
  const grants = new Grants<string>(2, 20);
  const secret = grants.issue("door");
  assertEquals(grants.find(secret), "door");
  await until("it has expired", () => grants.find(secret) === undefined);
});

Deno.test("environmentTransport: an environment without Noise, a foreign one and a malformed id are refused", async () => {
  await using registry = await startRegistry();
  await using _executor = await startExecutor(registry.url, "environment");
  const options = { registryUrl: registry.url, bearerToken: "alice" };
  await assertRejects(() => environmentTransport("e1", options)(), RegistryError, "unsupported_security_profile");
  await assertRejects(() => environmentTransport("e2", options)(), RegistryError, "environment_not_found");
  await assertRejects(
    () => environmentTransport("e1", { ...options, bearerToken: "bob" })(),
    RegistryError,
    "environment_not_found",
  );
  await assertRejects(
    () => Promise.try(() => environmentTransport("a/b", options)),
    RegistryError,
    "must contain only",
  );
});

Deno.test("environmentTransport: what a registry may not answer is refused without a word of what it said", async () => {
  const key = await publicKey();
  const good = {
    environment_id: "e1",
    url: "ws://127.0.0.1:9/?sig=secret",
    security_profile: "noise_hybrid_ik_v1",
    executor_registration_id: "reg-1",
    executor_public_key: key,
    harness_key_authorization: "secret",
  };
  const table: [unknown, string][] = [
    [{ ...good, environment_id: "e2" }, "environment registry returned a different environment id"],
    [{ ...good, security_profile: "other" }, "environment registry returned unsupported security profile `other`"],
    [{ environment_id: "e1", url: good.url }, "environment registry returned unsupported security profile `none`"],
    [{ ...good, url: "unix:///secret" }, "missing or malformed field `url`"],
    [
      { ...good, executor_public_key: { ...key, suite: "s" } },
      "missing or malformed field `executor_public_key.suite`",
    ],
    [{ ...good, harness_key_authorization: "x".repeat(4_097) }, "field `harness_key_authorization`"],
    [[], "expected an object"],
    [{ url: good.url }, "missing or malformed field `environment_id`"],
  ];
  for (const [answer, text] of table) {
    await using registry = registryDouble(() => Response.json(answer));
    const open = environmentTransport("e1", {
      registryUrl: registry.url,
      bearerToken: "t",
      chatgptAccountId: "account",
    });
    const error = await assertRejects(() => open(), RegistryError, text);
    assert(!Deno.inspect(error).includes("secret"));
    const [request] = registry.requests;
    assertEquals(
      [request?.path, request?.headers.authorization, request?.headers["chatgpt-account-id"]],
      ["/cloud/environment/e1/connect", "Bearer t", "account"],
    );
    assertEquals(Object.keys(JSON.parse(request!.body)), ["harness_public_key"]);
  }
});

Deno.test("environmentTransport: one key a process, asked anew each time; failed attempts keep their distance", async () => {
  await using registry = registryDouble(() =>
    Response.json({ error: { code: "busy", message: "later" } }, { status: 503 })
  );
  const open = environmentTransport("e1", { registryUrl: registry.url, bearerToken: "t" });
  await assertRejects(() => open(), ClientError, "environment registry request failed (503 Service Unavailable, busy)");
  const started = performance.now();
  await assertRejects(() => open(), ClientError);
  assert(performance.now() - started >= 490, "half a second");
  assertEquals(registry.requests[0]?.body, registry.requests[1]?.body);
  const giveUp = AbortSignal.abort(new Error("given up"));
  await assertRejects(() => open(giveUp), Error, "given up");
  await assertRejects(
    () => ExecServerClient.connect(open, { clientName: "t", signal: AbortSignal.timeout(50) }),
    DOMException,
  );
  assertEquals(registry.requests.length, 2);
});

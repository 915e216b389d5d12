import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { dialWebSocket, environmentUrl } from "../../../client/mod.ts";
import { LIMITS } from "../../../protocol/mod.ts";
import { RegistryError } from "../../../protocol/registry/registry_error.ts";
import { collectProcess } from "../../support/collect_process.ts";
import { connect, startExecutor, startRegistry } from "./support.ts";

const registration = (id: string) => ({ idempotency_id: "i", executor_id: id, name: "n", labels: {}, metadata: {} });
const key = noiseKey(1);
const noise = { security_profile: "noise_hybrid_ik_v1", executor_public_key: key };

/** A key for Noise of the right size. */
function noiseKey(fill: number): Record<string, string> {
  return {
    suite: "Noise_hybridIK_X25519+MLKEM768_AESGCM_SHA256",
    x25519_public_key: new Uint8Array(32).fill(fill).toBase64(),
    mlkem768_public_key: new Uint8Array(1184).fill(fill).toBase64(),
  };
}

for (const kind of ["executor", "environment", "noise"] as const) {
  Deno.test(`registry: a client works on its executor through it (${kind})`, async () => {
    await using registry = await startRegistry();
    await using _executor = await startExecutor(registry.url, kind);
    await using client = await connect(registry.url, "e1", undefined, kind);
    const { stdout, exitCode } = await collectProcess(client, ["sh", "-c", "echo hello; exit 3"]);
    assertEquals([stdout, exitCode], ["hello\n", 3]);
    const big = await collectProcess(client, ["head", "-c", "20000000", "/dev/zero"]);
    assertEquals(big.stdout.length, 20_000_000);
  });

  Deno.test(`registry: the next client resumes the session of the one before (${kind})`, async () => {
    await using registry = await startRegistry();
    await using _executor = await startExecutor(registry.url, kind);
    const first = await connect(registry.url, "e1", undefined, kind);
    const { sessionId } = first;
    const start = { processId: "p", argv: ["/bin/cat"], cwd: "/", env: {}, tty: false, pipeStdin: true };
    await first.call("process/start", start);
    await first.close();
    await using second = await connect(registry.url, "e1", sessionId, kind);
    assertEquals(second.sessionId, sessionId);
    assertEquals(await second.call("process/terminate", { processId: "p" }), { running: true });
  });
}

Deno.test("registry: many clients share an environment, one at a time an executor", async () => {
  await using registry = await startRegistry();
  await using _executor = await startExecutor(registry.url, "environment");
  await using direct = await startExecutor(registry.url, "executor", "e2");
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect(registry.url)));
  const results = await Promise.all(clients.map((client, i) => collectProcess(client, ["echo", `${i}`])));
  assertEquals(results.map(({ stdout }) => stdout), clients.map((_, i) => `${i}\n`));
  for (const client of clients) await client.close();
  // the second waits at the door until the first has left and the executor dialled again
  const first = await connect(registry.url, "e2");
  const waiting = connect(registry.url, "e2");
  assertEquals((await first.call("environment/status", null)).status, "ready");
  await first.close();
  await using second = await waiting;
  assertEquals((await second.call("environment/status", null)).status, "ready");
  assert(direct.dials >= 2);
});

Deno.test("registry: registering answers with what the original's executors expect", async () => {
  await using registry = await startRegistry();
  const older = await registry.post("/cloud/executor/e-1/register", registration("e-1"));
  assertEquals([older.status, older.json.executor_id], [200, "e-1"]);
  assertMatch(older.json.id ?? "", /^registration-/);
  const host = registry.url.replace("http", "ws");
  assertMatch(older.json.url ?? "", new RegExp(`^${host}/rendezvous/e-1\\?role=executor&sig=[0-9a-f]{64}$`));
  const newer = await registry.post("/cloud/environment/e_2/register");
  assertEquals([newer.status, Object.keys(newer.json)], [200, ["environment_id", "url"]]);
  const secured = await registry.post("/cloud/environment/e3/register", noise);
  assertEquals([secured.status, secured.json.security_profile], [200, "noise_hybrid_ik_v1"]);
  assert(secured.json.executor_registration_id);
});

Deno.test("registry: keys of Noise are passed on and authorized for one registration", async () => {
  await using registry = await startRegistry();
  const { json: registered } = await registry.post("/cloud/environment/e3/register", noise);
  const executor = await dialWebSocket(registered.url!);
  const refused = await registry.post("/cloud/environment/e3/connect");
  assertEquals([refused.status, refused.json.error?.code], [400, "unsupported_security_profile"]);
  const harness = noiseKey(2);
  const { json } = await registry.post("/cloud/environment/e3/connect", { harness_public_key: harness });
  assertEquals(json.executor_public_key, key);
  assertMatch(json.url ?? "", /role=harness/);
  const proof = {
    executor_registration_id: json.executor_registration_id,
    harness_public_key: harness,
    harness_key_authorization: json.harness_key_authorization,
  };
  const validate = async (body: unknown, path = "validate") =>
    (await registry.post(`/cloud/environment/e3/${path}`, body)).json.valid;
  assertEquals([await validate(proof), await validate(proof, "validate-harness-key")], [true, true]);
  assertEquals(await validate({ ...proof, harness_public_key: key }), false);
  assertEquals(await validate({ ...proof, harness_key_authorization: "guess" }), false);
  assertEquals(await validate({ ...proof, executor_registration_id: "other" }), false);
  await executor.close();
});

Deno.test("registry: nobody gets in without a token, and nobody reaches what is another's", async () => {
  await using registry = await startRegistry();
  await using _executor = await startExecutor(registry.url, "environment");
  for (const token of [null, "mallory", ""]) {
    for (
      const path of [
        "executor/x/register",
        "environment/x/register",
        "environment/e1/connect",
        "environment/e1/validate",
      ]
    ) {
      const { status, json } = await registry.post(`/cloud/${path}`, undefined, token);
      assertEquals([status, json.error?.code], [401, "unauthorized"], `${token} ${path}`);
    }
  }
  const bobs = await registry.post("/cloud/environment/e1/connect", undefined, "bob");
  assertEquals([bobs.status, bobs.json.error?.code], [404, "environment_not_found"]);
  const taken = await registry.post("/cloud/environment/e1/register", undefined, "bob");
  assertEquals([taken.status, taken.json.error?.code], [409, "environment_taken"]);
  await using alice = await connect(registry.url); // it is still hers
  assertEquals((await alice.call("environment/status", null)).status, "ready");
});

Deno.test("registry: the rendezvous takes secrets of its own, or the client's token, and no others", async () => {
  await using registry = await startRegistry();
  await using _executor = await startExecutor(registry.url, "environment");
  await registry.post("/cloud/environment/other/register");
  const base = `${registry.url.replace("http", "ws")}/rendezvous`;
  const secretOf = async (id: string) =>
    new URL((await registry.post(`/cloud/environment/${id}/connect`)).json.url as string).searchParams.get("sig");
  const refused = async (url: string, status: number, headers = {}) => {
    await assertRejects(() => dialWebSocket(url, { headers }), Error, `${status}`);
  };
  await (await environmentUrl("e1", { registryUrl: registry.url, bearerToken: "alice" }).then(dialWebSocket)).close();
  await refused(`${base}/e1?role=harness`, 401);
  await refused(`${base}/e1?role=harness&sig=${"0".repeat(64)}`, 401);
  await refused(`${base}/e1?role=harness&sig=${await secretOf("other")}`, 401);
  await refused(`${base}/e1?role=executor&sig=${await secretOf("e1")}`, 401); // a client is no executor
  await refused(`${base}/e1?role=executor`, 401, { authorization: "Bearer alice" });
  await refused(`${base}/e1?role=client&sig=${await secretOf("e1")}`, 400);
  await refused(`${base}/e1?role=admin`, 400);
  await refused(`${base}/e1?role=harness`, 404, { authorization: "Bearer bob" });
  await refused(`${base}/e1?role=harness`, 403, { authorization: "Bearer alice", origin: "http://evil.example" });
  await (await dialWebSocket(`${base}/e1?role=harness`, { headers: { authorization: "Bearer alice" } })).close();
});

Deno.test("registry: bad requests are refused with an error that says why", async () => {
  await using registry = await startRegistry();
  const cases: [string, unknown, number, string][] = [
    ["/cloud/executor/e1/register", registration("e2"), 400, "executor_id is not that of the path"],
    ["/cloud/executor/e1/register", { executor_id: "e1" }, 400, "body: idempotency_id"],
    ["/cloud/executor/e1/register", undefined, 400, "the body is not JSON"],
    ["/cloud/executor/a%20b/register", registration("a b"), 400, "environment id must contain only ASCII"],
    ["/cloud/environment/%ff/register", undefined, 400, "malformed id"],
    ["/cloud/environment/e1/register", { security_profile: "other" }, 400, "body: security_profile"],
    ["/cloud/environment/e1/connect", undefined, 404, "is not registered"],
    ["/cloud/environment/e1/remove", undefined, 404, "no such path"],
    ["/", undefined, 404, "no such path"],
  ];
  for (const [path, body, status, message] of cases) {
    const answer = await registry.post(path, body);
    assertEquals(answer.status, status, path);
    assert(answer.json.error?.message.includes(message), answer.json.error?.message);
  }
  const got = await fetch(`${registry.url}/cloud/environment/e1/connect`);
  assertEquals([got.status, (await got.json()).error.code], [405, "method_not_allowed"]);
  const long = await registry.post("/cloud/environment/e1/register", "x".repeat(LIMITS.maxRegistryRequestBytes));
  assertEquals([long.status, long.json.error?.code], [413, "too_large"]);
  const headers = { authorization: "Bearer alice" };
  const endless = ReadableStream.from([new TextEncoder().encode("{}")]);
  const chunked = await fetch(`${registry.url}/cloud/environment/e1/register`, {
    method: "POST",
    headers,
    body: endless,
  });
  assertEquals([chunked.status, (await chunked.json()).error.code], [411, "length_required"]);
  const health = await fetch(`${registry.url}/readyz`);
  assertEquals([health.status, await health.text()], [200, ""]);
});

Deno.test("registry: a stream of relay frames belongs to one client", async () => {
  const { encodeRelayFrame, decodeRelayFrame } = await import("../../../protocol/relay/relay_frame.ts");
  await using registry = await startRegistry();
  await using _executor = await startExecutor(registry.url, "environment");
  const dial = async () =>
    await dialWebSocket(await environmentUrl("e1", { registryUrl: registry.url, bearerToken: "alice" }));
  const [owner, thief] = [await dial(), await dial()];
  const payload = new TextEncoder().encode('{"id":1,"method":"initialize","params":{"clientName":"t"}}');
  const frame = encodeRelayFrame({ streamId: "mine", body: { kind: "data", seq: 0, payload } });
  owner.sendBytes(frame);
  for await (const message of owner.messages) {
    assertEquals(decodeRelayFrame(message as Uint8Array).streamId, "mine");
    break;
  }
  thief.sendBytes(frame);
  const stolen = await Array.fromAsync(thief.messages);
  assertEquals(stolen, [], "it hears nothing and is closed");
  await Promise.all([owner.close(), thief.close()]);
});

Deno.test("registry: the URLs name the public host where there is one", async () => {
  await using registry = await startRegistry({ publicUrl: "wss://registry.example/base/" });
  const { json } = await registry.post("/cloud/environment/e1/register");
  assertMatch(json.url ?? "", /^wss:\/\/registry\.example\/base\/rendezvous\/e1\?role=executor&sig=/);
});

Deno.test("environmentUrl: a registry that answers for another environment, or with Noise, is refused", async () => {
  await using registry = await startRegistry();
  await registry.post("/cloud/environment/e3/register", noise);
  const options = { registryUrl: registry.url, bearerToken: "alice" };
  await assertRejects(() => environmentUrl("e3", options), RegistryError, "needs a harness_public_key");
  await assertRejects(() => environmentUrl("nope", options), RegistryError, "(404 Not Found, environment_not_found)");
  await assertRejects(() => environmentUrl("a/b", options), RegistryError, "environment id must contain only");
});

Deno.test("registry: a client that does not read is cut after 5 s, and holds up the others no longer", async () => {
  const { encodeRelayFrame, decodeRelayFrame } = await import("../../../protocol/relay/relay_frame.ts");
  await using registry = await startRegistry();
  await using _executor = await startExecutor(registry.url, "environment");
  const url = await environmentUrl("e1", { registryUrl: registry.url, bearerToken: "alice" });
  await using other = await connect(registry.url);
  const deaf = await dialWebSocket(url);
  const say = (seq: number, message: unknown) => {
    const payload = new TextEncoder().encode(JSON.stringify(message));
    deaf.sendBytes(encodeRelayFrame({ streamId: "deaf", body: { kind: "data", seq, payload } }));
  };
  say(0, { id: 1, method: "initialize", params: { clientName: "deaf" } });
  for await (const message of deaf.messages) {
    assertEquals(decodeRelayFrame(message as Uint8Array).streamId, "deaf");
    break; // from here on it does not read
  }
  say(1, { method: "initialized", params: {} });
  const params = { processId: "p", argv: ["/usr/bin/yes"], cwd: "/", env: {}, tty: false };
  say(2, { id: 2, method: "process/start", params });
  const started = performance.now();
  let slowest = 0;
  while (performance.now() - started < LIMITS.rendezvousStallMs + 5_000) {
    const before = performance.now();
    assertEquals((await other.call("environment/status", null)).status, "ready");
    slowest = Math.max(slowest, performance.now() - before);
    if (slowest > LIMITS.rendezvousStallMs / 2) break; // it was held up, and is served again
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert(slowest > LIMITS.rendezvousStallMs / 2 && slowest < LIMITS.rendezvousStallMs * 2, `${slowest} ms`);
  await deaf.close();
});

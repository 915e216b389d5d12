import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { LIMITS } from "../../../protocol/mod.ts";
import { NoiseError } from "../../../protocol/noise/noise_error.ts";
import { NoiseInitiator } from "../../../protocol/noise/noise_initiator.ts";
import { noiseKeyPair } from "../../../protocol/noise/noise_keys.ts";
import { noisePrologue } from "../../../protocol/noise/noise_prologue.ts";
import {
  decodeNoisePublicKey,
  encodeNoisePublicKey,
  noisePublicKeySchema,
} from "../../../protocol/noise/noise_public_key.ts";
import { AUTHORIZATION, begin, BINDING, bothKeys, read } from "./linked_channels.ts";

/** Every byte would take long; these meet every part of both messages, and its tag. */
const STEP = 29;

Deno.test("Noise handshake: tells the executor the harness' key and authorization; both can speak then", async () => {
  const keys = await bothKeys();
  const initiator = await begin(keys);
  assertEquals(initiator.message.length, 3_568 + AUTHORIZATION.length);
  const responder = await read(keys, initiator.message);
  assertEquals(responder.harnessKey, keys.harness.publicKey);
  assertEquals(new TextDecoder().decode(responder.authorization), AUTHORIZATION);
  const { message, channel } = await responder.answer();
  assertEquals(message.length, 3_424);
  const harness = await initiator.finish(message);
  const text = new TextEncoder().encode("hello");
  const [record] = harness.encode(text, 0);
  assertEquals(channel.decode(0, record!).map((bytes) => new Uint8Array(bytes)), [text]);
});

Deno.test("Noise handshake: never the same twice, and the authorization is not readable", async () => {
  const keys = await bothKeys();
  const [one, two] = await Promise.all([begin(keys), begin(keys)]);
  assertNotEquals(one.message, two.message);
  assert(!new TextDecoder("latin1").decode(one.message).includes(AUTHORIZATION));
});

Deno.test("Noise handshake: a first message for another environment, registration, stream or executor is refused", async () => {
  const keys = await bothKeys();
  const { message } = await begin(keys);
  await read(keys, message);
  for (const name of Object.keys(BINDING)) {
    await assertRejects(() => read(keys, message, { ...BINDING, [name]: "other" }), NoiseError, "it was not sealed");
  }
  const moved = { ...BINDING, environmentId: "env-1r", registrationId: "eg-1" };
  await assertRejects(() => read(keys, message, moved), NoiseError, "it was not sealed");
  const executor = await noiseKeyPair();
  await assertRejects(() => read({ ...keys, executor }, message), NoiseError, "it was not sealed");
  // one half of the key is not enough
  const half = { ...executor, publicKey: keys.executor.publicKey, x25519: keys.executor.x25519 };
  await assertRejects(() => read({ ...keys, executor: half }, message), NoiseError, "it was not sealed");
});

Deno.test("Noise handshake: a flipped bit anywhere in the first message is noticed", async () => {
  const keys = await bothKeys();
  const { message } = await begin(keys);
  for (let at = 0; at < message.length; at += STEP) {
    const spoilt = message.slice();
    spoilt[at]! ^= 1 << at % 8;
    await assertRejects(() => read(keys, spoilt), NoiseError, undefined, `byte ${at}`);
  }
  for (const length of [0, 1, 1_087, 2_304, message.length - 1, message.length + 1]) {
    const cut = new Uint8Array(length);
    cut.set(message.subarray(0, length));
    await assertRejects(() => read(keys, cut), NoiseError, undefined, `${length} bytes`);
  }
});

Deno.test("Noise handshake: a flipped bit anywhere in the answer is noticed", async () => {
  const keys = await bothKeys();
  for (let at = 0; at < 3_424; at += STEP) {
    const initiator = await begin(keys);
    const { message } = await (await read(keys, initiator.message)).answer();
    message[at]! ^= 1 << at % 8;
    await assertRejects(() => initiator.finish(message), NoiseError, undefined, `byte ${at}`);
  }
  const initiator = await begin(keys);
  const { message } = await (await read(keys, initiator.message)).answer();
  await assertRejects(() => initiator.finish(message.subarray(0, 3_423)), NoiseError, "it was not sealed");
});

Deno.test("Noise handshake: the answer to another handshake does not fit", async () => {
  const keys = await bothKeys();
  const [one, two] = await Promise.all([begin(keys), begin(keys)]);
  const answer = await (await read(keys, one.message)).answer();
  await assertRejects(() => two.finish(answer.message), NoiseError, "it was not sealed");
});

Deno.test("Noise handshake: who only knows a harness' public key cannot use its authorization", async () => {
  const keys = await bothKeys();
  const thief = { ...await noiseKeyPair(), publicKey: keys.harness.publicKey };
  const { message } = await begin({ ...keys, harness: thief });
  await assertRejects(() => read(keys, message), NoiseError, "it was not sealed");
});

Deno.test("Noise handshake: an authorization of 4 KiB passes, a longer one is refused", async () => {
  const keys = await bothKeys();
  const limit = LIMITS.maxNoiseAuthorizationBytes;
  const { message } = await begin(keys, "x".repeat(limit));
  assertEquals((await read(keys, message)).authorization.length, limit);
  const longer = await begin(keys, "x".repeat(limit + 1));
  await assertRejects(() => read(keys, longer.message), NoiseError, "authorization is too long");
  const huge = await begin(keys, "x".repeat(LIMITS.maxNoiseFrameBytes));
  await assertRejects(() => read(keys, huge.message), NoiseError, "the message is too long");
});

Deno.test("Noise handshake: keys that no honest peer has are refused", async () => {
  const keys = await bothKeys();
  const init = (executorKey: typeof keys.executor.publicKey) =>
    NoiseInitiator.begin({
      own: keys.harness,
      executorKey,
      prologue: noisePrologue(BINDING),
      authorization: new Uint8Array(0),
    });
  const { x25519, mlkem768 } = keys.executor.publicKey;
  await assertRejects(() => init({ x25519: new Uint8Array(32), mlkem768 }), NoiseError, "X25519 public key");
  const outOfRange = new Uint8Array(1_184).fill(0xff);
  await assertRejects(() => init({ x25519, mlkem768: outOfRange }), NoiseError, "ML-KEM public key");
});

Deno.test("Noise prologue: each part behind its length in 8 bytes", () => {
  const prologue = noisePrologue({ environmentId: "é", registrationId: "", streamId: "abc" });
  const text =
    "\0\0\0\0\0\0\0\x20codex-exec-server-relay-noise/v1\0\0\0\0\0\0\0\x02é\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03abc";
  assertEquals(prologue, new TextEncoder().encode(text));
});

Deno.test("Noise public key: its JSON form round-trips; another suite, size, spelling or member is refused", async () => {
  const { publicKey } = await noiseKeyPair();
  const json = encodeNoisePublicKey(publicKey);
  assertEquals(decodeNoisePublicKey(noisePublicKeySchema.parse(json)), publicKey);
  const bad = [
    { ...json, suite: "Noise_IK_25519_AESGCM_SHA256" },
    { ...json, x25519_public_key: new Uint8Array(31).toBase64() },
    { ...json, mlkem768_public_key: `${json.mlkem768_public_key}\n` },
    { ...json, mlkem768_public_key: undefined },
    { ...json, more: 1 },
  ];
  for (const value of bad) assert(!noisePublicKeySchema.safeParse(value).success, JSON.stringify(value));
});

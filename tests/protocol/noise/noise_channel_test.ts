import { assert, assertEquals, assertThrows } from "@std/assert";
import { LIMITS } from "../../../protocol/mod.ts";
import { CipherState } from "../../../protocol/noise/cipher_state.ts";
import { NoiseChannel } from "../../../protocol/noise/noise_channel.ts";
import { MessageAssembler } from "../../../protocol/noise/message_framing.ts";
import { NoiseError } from "../../../protocol/noise/noise_error.ts";
import { randomBytes, seededRandom } from "../random.ts";
import { linkedChannels } from "./linked_channels.ts";

const KEY = new Uint8Array(32).fill(7);

/** A receiving channel, and what seals for it whatever a peer might. */
function receiver(): { channel: NoiseChannel; sealer: CipherState } {
  const keys = { send: new CipherState(new Uint8Array(32)), receive: new CipherState(KEY) };
  return { channel: new NoiseChannel(keys), sealer: new CipherState(KEY) };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function framed(length: number, message: Uint8Array = new Uint8Array(0)): Uint8Array {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, length);
  return new Uint8Array([...head, ...message]);
}

function texts(messages: readonly Uint8Array[]): string[] {
  return messages.map((message) => new TextDecoder().decode(message));
}

/** Records of one short message each. */
function records(sealer: CipherState, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => sealer.seal(framed(`${i}`.length, bytes(`${i}`))));
}

Deno.test("Noise channel: messages of every size around a record's pass, in both directions", async () => {
  const { harness, executor } = await linkedChannels();
  const size = LIMITS.maxNoisePlaintextBytes;
  for (const [from, to] of [[harness, executor], [executor, harness]] as const) {
    let seq = 0;
    for (const length of [1, 2, size - 5, size - 4, size - 3, size, 3 * size - 4, 5_000_000]) {
      const message = new Uint8Array(length).map((_, i) => i * 31);
      const payloads = [...from.encode(message, seq)];
      assertEquals(payloads.length, Math.ceil((length + 4) / size), `${length}`);
      assert(payloads.every((payload) => payload.length <= LIMITS.maxNoiseFrameBytes));
      const received = payloads.flatMap((payload) => to.decode(seq++, payload));
      assertEquals(received.length, 1);
      assertEquals(new Uint8Array(received[0]!), message, `${length}`);
      assertEquals(to.heldBytes, 0);
    }
  }
});

Deno.test("Noise channel: where records are cut does not matter, and empty ones are harmless", () => {
  const { channel, sealer } = receiver();
  const stream = new Uint8Array([...framed(3, bytes("one")), ...framed(3, bytes("two")), ...framed(5, bytes("three"))]);
  const heard: string[] = [];
  const cuts = [0, 1, 3, 9, 9, 20, stream.length];
  for (let i = 1; i < cuts.length; i++) {
    heard.push(...texts(channel.decode(i - 1, sealer.seal(stream.subarray(cuts[i - 1], cuts[i])))));
  }
  assertEquals(heard, ["one", "two", "three"]);
  const { channel: whole, sealer: once } = receiver();
  assertEquals(texts(whole.decode(0, once.seal(stream))), ["one", "two", "three"]);
});

Deno.test("Noise channel: records in any order within the window are put in order; repeated ones are dropped", () => {
  const { channel, sealer } = receiver();
  const all = records(sealer, LIMITS.maxNoiseReorderFrames + 1);
  for (let seq = LIMITS.maxNoiseReorderFrames; seq > 0; seq--) {
    assertEquals(channel.decode(seq, all[seq]!), []);
    assertEquals(channel.decode(seq, all[seq]!), []);
  }
  assert(channel.heldBytes > 0);
  assertEquals(texts(channel.decode(0, all[0]!)), all.map((_, i) => `${i}`));
  assertEquals(channel.heldBytes, 0);
  // a replay is dropped unseen, also one that was changed
  for (const [seq, record] of all.entries()) assertEquals(channel.decode(seq, record.map((byte) => byte ^ 1)), []);
});

Deno.test("Noise channel: a record further ahead, or too much that waits, ends the stream", () => {
  const far = receiver();
  const [record] = records(far.sealer, 1);
  assertThrows(
    () => far.channel.decode(LIMITS.maxNoiseReorderFrames + 1, record!),
    NoiseError,
    "exceeds reorder window",
  );
  assertThrows(() => far.channel.decode(0, record!), NoiseError, "has failed");
  const much = receiver();
  const big = new Uint8Array(LIMITS.maxNoiseFrameBytes);
  const fit = Math.floor(LIMITS.maxNoiseReorderBytes / big.length);
  for (let seq = 1; seq <= fit; seq++) assertEquals(much.channel.decode(seq, big), []);
  assert(much.channel.heldBytes <= LIMITS.maxNoiseReorderBytes);
  assertThrows(() => much.channel.decode(fit + 1, big), NoiseError, "exceeds reorder window");
});

Deno.test("Noise channel: a record that was changed, left out, replayed under another number or turned round ends the stream", async () => {
  const table: [string, (channel: NoiseChannel, all: Uint8Array[]) => unknown][] = [
    ["a flipped bit", (channel, all) => channel.decode(0, all[0]!.map((byte, i) => i === 3 ? byte ^ 16 : byte))],
    [
      "a flipped bit of the tag",
      (channel, all) => channel.decode(0, all[0]!.map((byte, i, { length }) => i === length - 1 ? byte ^ 1 : byte)),
    ],
    ["a missing byte", (channel, all) => channel.decode(0, all[0]!.subarray(1))],
    ["no tag", (channel, all) => channel.decode(0, all[0]!.subarray(0, 15))],
    ["one left out", (channel, all) => channel.decode(0, all[1]!)],
    ["a replay", (channel, all) => [channel.decode(0, all[0]!), channel.decode(1, all[0]!)]],
    ["two exchanged", (channel, all) => [channel.decode(1, all[0]!), channel.decode(0, all[1]!)]],
  ];
  for (const [name, attack] of table) {
    const { channel, sealer } = receiver();
    assertThrows(() => attack(channel, records(sealer, 3)), NoiseError, "Noise relay decryption failed", name);
    assertThrows(() => channel.decode(2, records(sealer, 1)[0]!), NoiseError, "has failed", name);
  }
  const { harness, executor } = await linkedChannels();
  const [own] = harness.encode(bytes("hello"), 0);
  assertThrows(() => harness.decode(0, own!), NoiseError, "decryption failed", "one's own record");
  const [other] = (await linkedChannels()).harness.encode(bytes("hello"), 0);
  assertThrows(() => executor.decode(0, other!), NoiseError, "decryption failed", "another stream's record");
});

Deno.test("Noise channel: an impossible length ends the stream before anything is kept for it", () => {
  for (const length of [0, LIMITS.maxNoiseMessageBytes + 1, 2 ** 32 - 1]) {
    const { channel, sealer } = receiver();
    const record = sealer.seal(framed(length));
    assertThrows(() => channel.decode(0, record), NoiseError, "JSON-RPC message has invalid length", `${length}`);
  }
  const { channel, sealer } = receiver();
  assertEquals(channel.decode(0, sealer.seal(framed(LIMITS.maxNoiseMessageBytes))), []);
  assertEquals(channel.heldBytes, 4);
  const long = receiver();
  const record = new Uint8Array(LIMITS.maxNoiseFrameBytes + 1);
  assertThrows(() => long.channel.decode(0, record), NoiseError, "ciphertext is too long");
});

Deno.test("Noise channel: numbers never begin again", async () => {
  const { harness } = await linkedChannels();
  assertEquals([...harness.encode(bytes("last"), LIMITS.maxNoiseRecords - 1)].length, 1);
  assertThrows(() => [...harness.encode(bytes("more"), LIMITS.maxNoiseRecords)], NoiseError, "all the records it may");
});

Deno.test("Noise channel: 400 streams of junk between good records: what is heard was said, in order, or the stream ends", () => {
  const random = seededRandom(20_261);
  let failures = 0, heardAll = 0;
  for (let round = 0; round < 400; round++) {
    const { channel, sealer } = receiver();
    const all = records(sealer, 20);
    const heard: string[] = [];
    try {
      for (let seq = 0; seq < all.length; seq++) {
        if (random() < 0.05) {
          heard.push(...texts(channel.decode(seq + Math.floor(random() * 8), randomBytes(random, 80))));
        }
        const turn = random() < 0.1 && seq > 0 ? seq - 1 : seq;
        heard.push(...texts(channel.decode(turn, all[turn]!)));
        if (turn !== seq) heard.push(...texts(channel.decode(seq, all[seq]!)));
      }
    } catch (error) {
      assert(error instanceof NoiseError, String(error));
      failures++;
    }
    assertEquals(heard, Array.from({ length: heard.length }, (_, i) => `${i}`));
    if (heard.length === all.length) heardAll++;
  }
  assert(failures > 50 && heardAll > 50, `${failures} ${heardAll}`);
});

Deno.test("CipherState: AES-256-GCM with the counter as the last 8 bytes of the nonce", async () => {
  const cipher = new CipherState(KEY);
  cipher.seal(bytes("first"));
  const sealed = cipher.seal(bytes("second"), bytes("data"));
  const key = await crypto.subtle.importKey("raw", KEY, "AES-GCM", false, ["decrypt"]);
  const iv = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  const algorithm = { name: "AES-GCM", iv, additionalData: new Uint8Array(bytes("data")) };
  const opened = await crypto.subtle.decrypt(algorithm, key, new Uint8Array(sealed));
  assertEquals(new TextDecoder().decode(opened), "second");
});

Deno.test("MessageAssembler: a message in pieces of one byte is put together", () => {
  const assembler = new MessageAssembler();
  const message = bytes("x".repeat(100_000));
  const stream = framed(message.length, message);
  const heard: Uint8Array[] = [];
  for (const byte of stream) {
    heard.push(...assembler.push(Uint8Array.of(byte)));
    assert(assembler.heldBytes <= stream.length);
  }
  assertEquals(heard, [message]);
  assertEquals(assembler.heldBytes, 0);
});

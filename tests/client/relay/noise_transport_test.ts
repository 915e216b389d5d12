import { assert, assertEquals, assertRejects } from "@std/assert";
import { ClientError, dialWebSocket } from "../../../client/mod.ts";
import { noiseTransport, type NoiseTransportOptions } from "../../../client/relay/noise_transport.ts";
import type { Transport } from "../../../protocol/mod.ts";
import type { NoiseChannel } from "../../../protocol/noise/noise_channel.ts";
import { type NoiseKeyPair, noiseKeyPair } from "../../../protocol/noise/noise_keys.ts";
import { noisePrologue } from "../../../protocol/noise/noise_prologue.ts";
import { NoiseResponder } from "../../../protocol/noise/noise_responder.ts";
import {
  decodeRelayFrame,
  encodeRelayFrame,
  type RelayBody,
  type RelayFrame,
} from "../../../protocol/relay/relay_frame.ts";
import { type EchoServer, echoServer } from "../../support/echo_server.ts";

const SECRET = "authorization-secret";

/** An executor that answers frame by frame as a test wants. */
class Executor implements AsyncDisposable {
  readonly #keys: NoiseKeyPair;
  readonly #server: EchoServer;
  readonly #frames: RelayFrame[] = [];
  readonly #waiting: ((frame: RelayFrame) => void)[] = [];
  socket!: WebSocket;
  streamId = "";
  channel!: NoiseChannel;

  private constructor(keys: NoiseKeyPair) {
    this.#keys = keys;
    this.#server = echoServer((_socket, data) => {
      const frame = decodeRelayFrame(new Uint8Array(data as ArrayBuffer));
      const take = this.#waiting.shift();
      if (take === undefined) this.#frames.push(frame);
      else take(frame);
    });
  }

  static async start(): Promise<Executor> {
    return new Executor(await noiseKeyPair());
  }

  /** A harness comes. @param executorKey default this executor's */
  async meet(options: Partial<NoiseTransportOptions> = {}, executorKey = this.#keys.publicKey): Promise<Transport> {
    const socket = await dialWebSocket(`${this.#server.url}/?role=harness`);
    this.socket = await this.#server.accepted();
    const peer = { environmentId: "e", registrationId: "r", executorKey, authorization: SECRET };
    return await noiseTransport(socket, peer, { own: await noiseKeyPair(), ...options });
  }

  next(): Promise<RelayFrame> {
    const frame = this.#frames.shift();
    return frame === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(frame);
  }

  send(body: RelayBody, streamId = this.streamId): void {
    this.socket.send(encodeRelayFrame({ streamId, body }) as Uint8Array<ArrayBuffer>);
  }

  /** The harness' first message. */
  async first(): Promise<Uint8Array> {
    const opening = await this.next();
    assertEquals(opening.body, { kind: "resume", nextSeq: 0 });
    const { streamId, body } = await this.next();
    assert(body.kind === "handshake" && streamId === opening.streamId);
    this.streamId = streamId;
    return body.payload;
  }

  /** Answers as it should. @param registrationId what it believes to be */
  async answer(registrationId = "r"): Promise<void> {
    const message = await this.first();
    const prologue = noisePrologue({ environmentId: "e", registrationId, streamId: this.streamId });
    const responder = await NoiseResponder.read({ own: this.#keys, prologue, message });
    assertEquals(new TextDecoder().decode(responder.authorization), SECRET);
    const answer = await responder.answer();
    this.channel = answer.channel;
    this.send({ kind: "handshake", payload: answer.message });
  }

  say(text: string, seq: number): void {
    const payloads = this.channel.encode(new TextEncoder().encode(text), seq);
    for (const payload of payloads) this.send({ kind: "data", seq: seq++, payload });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

async function met(executor: Executor): Promise<Transport> {
  const [transport] = await Promise.all([executor.meet(), executor.answer()]);
  return transport;
}

async function texts(transport: Transport): Promise<string[]> {
  const all: string[] = [];
  for await (const message of transport.messages) all.push(new TextDecoder().decode(message as Uint8Array));
  return all;
}

Deno.test("Noise harness: messages pass both ways, encrypted; frames of other streams are ignored", async () => {
  await using executor = await Executor.start();
  const transport = await met(executor);
  transport.send("one");
  transport.send("two");
  for (const [seq, text] of ["one", "two"].entries()) {
    const { body } = await executor.next();
    assert(body.kind === "data" && body.seq === seq);
    assert(!new TextDecoder().decode(body.payload).includes(text));
    assertEquals(new TextDecoder().decode(executor.channel.decode(seq, body.payload)[0]), text);
  }
  executor.send({ kind: "data", seq: 0, payload: new Uint8Array(40) }, "another");
  executor.say("three", 0);
  executor.say("four", 1);
  executor.send({ kind: "reset", reason: "enough" });
  assertEquals(await texts(transport), ["three", "four"]);
  assertEquals(transport.failure, "enough");
});

Deno.test("Noise harness: a message that is too long is refused, and the stream goes on", async () => {
  await using executor = await Executor.start();
  const transport = await met(executor);
  let refusal = "";
  try {
    transport.send("x".repeat(64 * 1024 * 1024 + 1));
  } catch (error) {
    refusal = String(error);
  }
  assertEquals(
    refusal,
    "RpcError: message of 67108865 bytes is too long for the relay: limit is 67108864 bytes",
  );
  transport.send("short");
  const { body } = await executor.next();
  assert(body.kind === "data" && body.seq === 0);
  await transport.close();
});

Deno.test("Noise harness: what is no handshake fails with the original's text, and never with a secret", async () => {
  const reset: RelayBody = { kind: "reset", reason: "noise_relay_protocol_error" };
  const data: RelayBody = { kind: "data", seq: 0, payload: new Uint8Array(40) };
  const table: [string, (executor: Executor) => Promise<void> | void][] = [
    ["Noise relay handshake failed: noise_relay_protocol_error", (executor) => executor.send(reset)],
    ["Noise relay received data before handshake completion", (executor) => executor.send(data)],
    ["Noise relay websocket closed during handshake", (executor) => executor.socket.close()],
    ["Noise relay transport expects binary protobuf frames", (executor) => executor.socket.send("text")],
    [
      "unsupported relay message frame version 0",
      (executor) => executor.socket.send(new Uint8Array(2).fill(0x7a, 0, 1)),
    ],
    [
      "Noise relay handshake failed: it was not sealed with this key, or not as this one",
      (executor) => executor.send({ kind: "handshake", payload: new Uint8Array(3_424).fill(1) }),
    ],
    [
      "Noise relay handshake failed: the message is too short",
      (executor) => executor.send({ kind: "handshake", payload: new Uint8Array(100) }),
    ],
  ];
  for (const [text, act] of table) {
    await using executor = await Executor.start();
    const [error] = await Promise.all([
      assertRejects(() => executor.meet(), ClientError),
      executor.first().then(() => act(executor)),
    ]);
    assertEquals([error.message, error.code], [text, "connect"]);
    assert(!Deno.inspect(error, { depth: 9 }).includes(SECRET));
  }
});

Deno.test("Noise harness: an executor with another key cannot read the first message; a bad key is told before anything is sent", async () => {
  await using executor = await Executor.start();
  const other = await noiseKeyPair();
  const meeting = executor.meet({}, other.publicKey);
  await assertRejects(() => executor.answer(), Error, "it was not sealed");
  executor.send({ kind: "reset", reason: "noise_relay_protocol_error" });
  await assertRejects(() => meeting, ClientError, "noise_relay_protocol_error");
  const nonsense = { x25519: new Uint8Array(32), mlkem768: new Uint8Array(1_184).fill(0xff) };
  const error = await assertRejects(() => executor.meet({}, nonsense), ClientError);
  assertEquals(error.message, "failed to start Noise relay handshake: ML-KEM public key cannot be used");
});

Deno.test("Noise harness: a silent executor is given up in time, or by the signal", async () => {
  await using executor = await Executor.start();
  const late = await assertRejects(() => executor.meet({ timeoutMs: 30 }), ClientError);
  assertEquals(
    [late.message, late.code],
    ["timed out waiting for Noise relay handshake after 30ms", "connectTimeout"],
  );
  const giveUp = new AbortController();
  const meeting = executor.meet({ signal: giveUp.signal });
  await executor.first(); // of the one before
  await executor.first();
  giveUp.abort(new Error("given up"));
  await assertRejects(() => meeting, Error, "given up");
});

Deno.test("Noise harness: after the handshake every violation ends the transport with its reason", async () => {
  const record = (executor: Executor, seq: number, spoil: (payload: Uint8Array) => Uint8Array = (same) => same) => {
    const [payload] = executor.channel.encode(new TextEncoder().encode("message"), 0);
    executor.send({ kind: "data", seq, payload: spoil(payload!) });
  };
  const table: [string, (executor: Executor) => void][] = [
    [
      "Noise relay decryption failed: it was not sealed with this key, or not as this one",
      (executor) => record(executor, 1, (payload) => payload.map((byte, i) => i === 9 ? byte ^ 1 : byte)),
    ],
    ["Noise relay ciphertext exceeds reorder window", (executor) => record(executor, 66)],
    [
      "Noise relay received invalid post-handshake frame",
      (executor) => executor.send({ kind: "handshake", payload: new Uint8Array(9) }),
    ],
    ["Noise relay transport expects binary protobuf frames", (executor) => executor.socket.send("text")],
  ];
  for (const [text, act] of table) {
    await using executor = await Executor.start();
    const transport = await met(executor);
    executor.say("before", 0);
    const first = await transport.messages[Symbol.asyncIterator]().next();
    assert(!first.done);
    act(executor);
    await transport.ended;
    assertEquals(transport.failure, text);
    await transport.close();
  }
});

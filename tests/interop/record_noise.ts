// deno-lint-ignore-file no-console -- a command line tool
/**
 * Records what codex 0.169.0 says over Noise, as both sides, into `tests/testdata/noise`: `deno run -A` this file. The
 * keys are made for the recording; nothing of the machine is in it.
 *
 * @module
 */
import { dialWebSocket } from "../../client/mod.ts";
import type { BinaryTransport } from "../../protocol/mod.ts";
import { NoiseInitiator } from "../../protocol/noise/noise_initiator.ts";
import { noisePrologue } from "../../protocol/noise/noise_prologue.ts";
import { decodeNoisePublicKey, encodeNoisePublicKey } from "../../protocol/noise/noise_public_key.ts";
import { NoiseResponder } from "../../protocol/noise/noise_responder.ts";
import { NOISE_PROFILE } from "../../protocol/noise/noise_suite.ts";
import { decodeRelayFrame, encodeRelayFrame, type RelayBody } from "../../protocol/relay/relay_frame.ts";
import { CapabilityToken } from "../../server/mod.ts";
import { RegistryServer } from "../../server/registry/mod.ts";
import { importRecordedKey, recordableKey, recordingRandomness } from "../support/noise_keys.ts";
import { tempDir } from "../support/temp_dir.ts";
import { codexBinary } from "./codex_binary.ts";
import { CodexSession } from "./codex_session.ts";
import { MockModel } from "./mock_model.ts";

const TOKEN = "recording-token";
const TIME_LIMIT_MS = 30_000;
const NO_NETWORK = { HTTPS_PROXY: "http://127.0.0.1:9", HTTP_PROXY: "http://127.0.0.1:9", NO_PROXY: "127.0.0.1" };

if (import.meta.main) {
  const codex = await codexBinary("0.169.0");
  const registry = new RegistryServer({ authenticator: await CapabilityToken.of(TOKEN) });
  const url = await registry.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 });
  try {
    await write("executor_0.169.0", await recordExecutor(codex, url));
    await write("harness_0.169.0", await recordHarness(codex, url));
  } finally {
    await registry.close();
  }
}

async function write(name: string, recording: unknown): Promise<void> {
  const file = new URL(`../testdata/noise/${name}.json`, import.meta.url);
  await Deno.writeTextFile(file, `${JSON.stringify(recording, null, 2)}\n`);
  console.log(`wrote ${name}.json`);
}

async function post(url: string, body: unknown): Promise<Response> {
  return await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify(body),
  });
}

/** Our harness, their executor. */
async function recordExecutor(codex: string, registryUrl: string): Promise<unknown> {
  await using home = await tempDir();
  const child = new Deno.Command(codex, {
    args: ["exec-server", "--remote", registryUrl, "--environment-id", "recorded", "--remote-transport", "noise"],
    env: { ...NO_NETWORK, CODEX_API_KEY: TOKEN, CODEX_HOME: home.path },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    const harness = await recordableKey();
    const own = await importRecordedKey(harness);
    const body = { harness_public_key: encodeNoisePublicKey(own.publicKey) };
    let response = await post(`${registryUrl}/cloud/environment/recorded/connect`, body);
    for (let i = 0; !response.ok && i < 200; i++) {
      await response.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, 50));
      response = await post(`${registryUrl}/cloud/environment/recorded/connect`, body);
    }
    const bundle = await response.json();
    const socket = await dialWebSocket(bundle.url);
    const binding = {
      environmentId: "recorded",
      registrationId: bundle.executor_registration_id,
      streamId: crypto.randomUUID(),
    };
    const { random, record } = recordingRandomness();
    const initiator = await NoiseInitiator.begin({
      own,
      executorKey: decodeNoisePublicKey(bundle.executor_public_key),
      prologue: noisePrologue(binding),
      authorization: new TextEncoder().encode(bundle.harness_key_authorization),
    }, random);
    const { streamId } = binding;
    const say = (body: RelayBody) => socket.sendBytes(encodeRelayFrame({ streamId, body }));
    say({ kind: "resume", nextSeq: 0 });
    say({ kind: "handshake", payload: initiator.message });
    const frames = framesOf(socket);
    const answer = payloadOf(await frames.next());
    const channel = await initiator.finish(answer);
    // refused without a word about the machine
    const request = '{"id":1,"method":"environment/status"}';
    const [asked] = channel.encode(new TextEncoder().encode(request), 0);
    say({ kind: "data", seq: 0, payload: asked! });
    const said = payloadOf(await frames.next());
    const message = new TextDecoder().decode(channel.decode(0, said)[0]);
    await socket.close();
    return {
      binding,
      harness,
      random: record,
      executorKey: bundle.executor_public_key,
      authorization: bundle.harness_key_authorization,
      first: initiator.message.toBase64(),
      second: answer.toBase64(),
      harnessRecord: { text: request, payload: asked!.toBase64() },
      executorRecord: { text: message, payload: said.toBase64() },
    };
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
}

/** Their harness, our executor. */
async function recordHarness(codex: string, registryUrl: string): Promise<unknown> {
  const executor = await recordableKey();
  const own = await importRecordedKey(executor);
  const registration = await post(`${registryUrl}/cloud/environment/recorded2/register`, {
    security_profile: NOISE_PROFILE,
    executor_public_key: encodeNoisePublicKey(own.publicKey),
  });
  const { url, executor_registration_id: registrationId } = await registration.json();
  const socket = await dialWebSocket(url);
  await using model = new MockModel([
    [MockModel.functionCall("exec", "exec_command", { cmd: "true", login: false })],
  ]);
  await using session = await CodexSession.prepare(codex, model.url);
  const running = session.run({
    timeLimitMs: TIME_LIMIT_MS,
    env: {
      CODEX_EXEC_SERVER_NOISE_REGISTRY_URL: registryUrl,
      CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID: "recorded2",
      CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: TOKEN,
    },
  });
  const frames = framesOf(socket);
  let frame = await frames.next();
  while (frame.body.kind !== "handshake") frame = await frames.next();
  const { streamId } = frame;
  const binding = { environmentId: "recorded2", registrationId, streamId };
  const first = payloadOf(frame);
  const responder = await NoiseResponder.read({ own, prologue: noisePrologue(binding), message: first });
  const { random, record } = recordingRandomness();
  const { message, channel } = await responder.answer(random);
  socket.sendBytes(encodeRelayFrame({ streamId, body: { kind: "handshake", payload: message } }));
  const said = payloadOf(await frames.next());
  const text = new TextDecoder().decode(channel.decode(0, said)[0]);
  await socket.close();
  await running;
  return {
    binding,
    executor,
    random: record,
    authorization: new TextDecoder().decode(responder.authorization),
    first: first.toBase64(),
    second: message.toBase64(),
    harnessRecord: { text, payload: said.toBase64() },
  };
}

function framesOf(socket: BinaryTransport) {
  const messages = socket.messages[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { done, value } = await messages.next();
      if (done || !(value instanceof Uint8Array)) throw new Error("The websocket closed");
      return decodeRelayFrame(value);
    },
  };
}

function payloadOf({ body }: { readonly body: RelayBody }): Uint8Array {
  if (body.kind === "handshake" || body.kind === "data") return body.payload;
  throw new Error(`Unexpected ${body.kind}`);
}

/** What codex 0.169.0 said, recorded by `tests/interop/record_noise.ts`. */
import { assertEquals } from "@std/assert";
import type { NoiseChannel } from "../../../protocol/noise/noise_channel.ts";
import { NoiseInitiator } from "../../../protocol/noise/noise_initiator.ts";
import { noisePrologue } from "../../../protocol/noise/noise_prologue.ts";
import { decodeNoisePublicKey, noisePublicKeySchema } from "../../../protocol/noise/noise_public_key.ts";
import { NoiseResponder } from "../../../protocol/noise/noise_responder.ts";
import { importRecordedKey, recordedRandomness } from "../../support/noise_keys.ts";
import executorRecording from "../../testdata/noise/executor_0.169.0.json" with { type: "json" };
import harnessRecording from "../../testdata/noise/harness_0.169.0.json" with { type: "json" };

Deno.test("Noise, recorded: the answer and the records of codex 0.169.0's executor are read", async () => {
  const { binding, harness, random, executorKey, authorization, first, second } = executorRecording;
  const initiator = await NoiseInitiator.begin({
    own: await importRecordedKey(harness),
    executorKey: decodeNoisePublicKey(noisePublicKeySchema.parse(executorKey)),
    prologue: noisePrologue(binding),
    authorization: new TextEncoder().encode(authorization),
  }, recordedRandomness(random));
  assertEquals(initiator.message.toBase64(), first, "the message it accepted");
  const channel = await initiator.finish(Uint8Array.fromBase64(second));
  assertEquals(recordOf(channel, executorRecording.harnessRecord.text), executorRecording.harnessRecord.payload);
  assertEquals(textOf(channel, executorRecording.executorRecord.payload), executorRecording.executorRecord.text);
});

Deno.test("Noise, recorded: the first message and the records of codex 0.169.0's harness are read", async () => {
  const { binding, executor, random, authorization, first, second, harnessRecord } = harnessRecording;
  const responder = await NoiseResponder.read({
    own: await importRecordedKey(executor),
    prologue: noisePrologue(binding),
    message: Uint8Array.fromBase64(first),
  });
  assertEquals(new TextDecoder().decode(responder.authorization), authorization);
  const { message, channel } = await responder.answer(recordedRandomness(random));
  assertEquals(message.toBase64(), second, "the message it accepted");
  assertEquals(textOf(channel, harnessRecord.payload), harnessRecord.text);
});

function recordOf(channel: NoiseChannel, text: string): string | undefined {
  const [record] = channel.encode(new TextEncoder().encode(text), 0);
  return record?.toBase64();
}

function textOf(channel: NoiseChannel, payload: string): string {
  return new TextDecoder().decode(channel.decode(0, Uint8Array.fromBase64(payload))[0]);
}

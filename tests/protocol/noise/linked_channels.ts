import type { NoiseChannel } from "../../../protocol/noise/noise_channel.ts";
import { NoiseInitiator } from "../../../protocol/noise/noise_initiator.ts";
import { type NoiseKeyPair, noiseKeyPair } from "../../../protocol/noise/noise_keys.ts";
import { noisePrologue } from "../../../protocol/noise/noise_prologue.ts";
import { NoiseResponder } from "../../../protocol/noise/noise_responder.ts";

/** What the handshakes of these tests are bound to. */
export const BINDING = { environmentId: "env-1", registrationId: "reg-1", streamId: "stream-1" };

/** What a harness has to show. */
export const AUTHORIZATION = "the registry's word";

/** The static keys of both sides. */
export interface BothKeys {
  readonly harness: NoiseKeyPair;
  readonly executor: NoiseKeyPair;
}

/** Static keys for one test. */
export async function bothKeys(): Promise<BothKeys> {
  return { harness: await noiseKeyPair(), executor: await noiseKeyPair() };
}

/** Begins a handshake. */
export function begin(
  { harness, executor }: BothKeys,
  authorization: string = AUTHORIZATION,
): Promise<NoiseInitiator> {
  return NoiseInitiator.begin({
    own: harness,
    executorKey: executor.publicKey,
    prologue: noisePrologue(BINDING),
    authorization: new TextEncoder().encode(authorization),
  });
}

/** Reads the first message as the executor. */
export function read({ executor }: BothKeys, message: Uint8Array, binding = BINDING): Promise<NoiseResponder> {
  return NoiseResponder.read({ own: executor, prologue: noisePrologue(binding), message });
}

/** Both ends of a stream after its handshake. */
export async function linkedChannels(): Promise<{ harness: NoiseChannel; executor: NoiseChannel }> {
  const keys = await bothKeys();
  const initiator = await begin(keys);
  const { message, channel } = await (await read(keys, initiator.message)).answer();
  return { harness: await initiator.finish(message), executor: channel };
}

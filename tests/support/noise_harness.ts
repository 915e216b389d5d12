import { dialWebSocket } from "../../client/mod.ts";
import { type BinaryTransport, MessageQueue } from "../../protocol/mod.ts";
import type { NoiseChannel } from "../../protocol/noise/noise_channel.ts";
import { NoiseInitiator } from "../../protocol/noise/noise_initiator.ts";
import { type NoiseKeyPair, noiseKeyPair } from "../../protocol/noise/noise_keys.ts";
import { noisePrologue } from "../../protocol/noise/noise_prologue.ts";
import {
  decodeNoisePublicKey,
  encodeNoisePublicKey,
  type NoisePublicKeyJson,
} from "../../protocol/noise/noise_public_key.ts";
import { decodeRelayFrame, encodeRelayFrame, type RelayBody } from "../../protocol/relay/relay_frame.ts";

/** What a registry tells about a meeting. */
export interface Bundle {
  readonly url: string;
  readonly environment_id: string;
  readonly executor_registration_id: string;
  readonly executor_public_key: NoisePublicKeyJson;
  readonly harness_key_authorization: string;
}

/** What of a handshake is not as it should be. */
export interface HandshakeFaults {
  readonly authorization?: string;
  readonly environmentId?: string;
  readonly registrationId?: string;
  readonly boundTo?: string;
  /** Changes the message on its way. */
  readonly spoil?: (message: Uint8Array) => Uint8Array;
}

/** A harness that says what it is told to, frame by frame. */
export class NoiseHarness implements AsyncDisposable {
  readonly bundle: Bundle;
  /** Its static key, as the registry is told. */
  readonly publicKey: NoisePublicKeyJson;
  readonly streamId: string = crypto.randomUUID();
  channel: NoiseChannel | undefined;
  readonly #own: NoiseKeyPair;
  readonly #socket: BinaryTransport;
  readonly #frames: AsyncIterator<string | Uint8Array | Error>;
  readonly #messages: string[] = [];
  #seq = 0;

  private constructor(bundle: Bundle, own: NoiseKeyPair, socket: BinaryTransport) {
    this.bundle = bundle;
    this.publicKey = encodeNoisePublicKey(own.publicKey);
    this.#own = own;
    this.#socket = socket;
    this.#frames = socket.messages[Symbol.asyncIterator]();
  }

  /** Asks the registry and opens the websocket. */
  static async meet(registryUrl: string, id: string, token: string, own?: NoiseKeyPair): Promise<NoiseHarness> {
    const keys = own ?? await noiseKeyPair();
    const response = await fetch(`${registryUrl}/cloud/environment/${id}/connect`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ harness_public_key: encodeNoisePublicKey(keys.publicKey) }),
    });
    const bundle = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(bundle));
    return new NoiseHarness(bundle, keys, await dialWebSocket(bundle.url));
  }

  /** Speaks to the executor at the other end of its own websocket, as a rendezvous would for it. */
  static async over(
    socket: WebSocket,
    executorKey: NoisePublicKeyJson,
    { keepOpen = false }: { readonly keepOpen?: boolean } = {},
  ): Promise<NoiseHarness> {
    const bundle = {
      url: "",
      environment_id: "env-1",
      executor_registration_id: "reg-1",
      executor_public_key: executorKey,
      harness_key_authorization: `authorization-${crypto.randomUUID()}`,
    };
    return new NoiseHarness(bundle, await noiseKeyPair(), socketTransport(socket, keepOpen));
  }

  /** Sends data that no handshake was made for. */
  sayTooEarly(): void {
    this.send({ kind: "data", seq: 0, payload: new Uint8Array(40) });
  }

  /** Sends a frame. */
  send(body: RelayBody, streamId: string = this.streamId): void {
    this.#socket.sendBytes(encodeRelayFrame({ streamId, body }));
  }

  /** What comes next for its stream. */
  async next(): Promise<RelayBody> {
    while (true) {
      const { done, value } = await this.#frames.next();
      if (done || !(value instanceof Uint8Array)) throw new Error("The websocket closed");
      const { streamId, body } = decodeRelayFrame(value);
      if (streamId === this.streamId) return body;
    }
  }

  /** Sends the first message. */
  async begin(faults: HandshakeFaults = {}): Promise<NoiseInitiator> {
    const { environment_id, executor_registration_id, executor_public_key, harness_key_authorization } = this.bundle;
    const initiator = await NoiseInitiator.begin({
      own: this.#own,
      executorKey: decodeNoisePublicKey(executor_public_key),
      prologue: noisePrologue({
        environmentId: faults.environmentId ?? environment_id,
        registrationId: faults.registrationId ?? executor_registration_id,
        streamId: faults.boundTo ?? this.streamId,
      }),
      authorization: new TextEncoder().encode(faults.authorization ?? harness_key_authorization),
    });
    this.send({ kind: "resume", nextSeq: 0 });
    this.send({ kind: "handshake", payload: faults.spoil?.(initiator.message) ?? initiator.message });
    return initiator;
  }

  /** The whole handshake. @returns the reason when it was refused */
  async handshake(faults: HandshakeFaults = {}): Promise<string | undefined> {
    const initiator = await this.begin(faults);
    const answer = await this.next();
    if (answer.kind === "reset") return answer.reason;
    if (answer.kind !== "handshake") throw new Error(`Unexpected ${answer.kind}`);
    this.channel = await initiator.finish(answer.payload);
    return undefined;
  }

  /** The records of a message, with their numbers, not sent. */
  records(message: unknown): { kind: "data"; seq: number; payload: Uint8Array }[] {
    const bytes = new TextEncoder().encode(JSON.stringify(message));
    return [...(this.channel as NoiseChannel).encode(bytes, this.#seq)].map((payload) => {
      return { kind: "data", seq: this.#seq++, payload };
    });
  }

  /** Sends a message. */
  say(message: unknown): void {
    for (const record of this.records(message)) this.send(record);
  }

  /** The next message. @throws {Error} with the reason of a reset */
  async hear(): Promise<Record<string, unknown>> {
    while (this.#messages.length === 0) {
      const body = await this.next();
      if (body.kind === "reset") throw new Error(`reset: ${body.reason}`);
      if (body.kind !== "data") continue;
      const messages = (this.channel as NoiseChannel).decode(body.seq, body.payload);
      this.#messages.push(...messages.map((message) => new TextDecoder().decode(message)));
    }
    return JSON.parse(this.#messages.shift() as string);
  }

  /** Opens a session. */
  async initialize(): Promise<void> {
    this.say({ id: 1, method: "initialize", params: { clientName: "t", resumeSessionId: null } });
    await this.hear();
    this.say({ method: "initialized", params: {} });
  }

  /** Closes the websocket. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#socket.close();
  }
}

/** A browser's websocket as a transport of bytes; others may read it too. */
function socketTransport(socket: WebSocket, keepOpen: boolean): BinaryTransport {
  const messages = new MessageQueue();
  socket.addEventListener("message", ({ data }) => messages.push(new Uint8Array(data)));
  socket.addEventListener("close", () => messages.end());
  return {
    label: "websocket",
    messages,
    answersAfterEnd: false,
    queuedBytes: 0,
    send: () => {},
    sendBytes: (bytes) => socket.send(new Uint8Array(bytes)),
    drained: () => Promise.resolve(),
    close: () => {
      messages.end();
      if (!keepOpen) socket.close();
      return Promise.resolve();
    },
  };
}

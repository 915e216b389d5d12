import { assertEquals, assertMatch } from "@std/assert";
import { connectWebSocket } from "../../../client/mod.ts";
import type { Transport } from "../../../protocol/mod.ts";
import { decodeRelayFrame, encodeRelayFrame, type RelayFrame } from "../../../protocol/relay/relay_frame.ts";
import { type EchoServer, echoServer } from "../../support/echo_server.ts";

/** A client's transport and the rendezvous it speaks to. */
interface Meeting extends AsyncDisposable {
  readonly transport: Transport;
  readonly socket: WebSocket;
  /** The next frame of the client. */
  next(): Promise<RelayFrame>;
}

async function meet(): Promise<Meeting> {
  const frames: RelayFrame[] = [];
  const waiting: ((frame: RelayFrame) => void)[] = [];
  const server: EchoServer = echoServer((_socket, data) => {
    const frame = decodeRelayFrame(new Uint8Array(data as ArrayBuffer));
    const take = waiting.shift();
    if (take === undefined) frames.push(frame);
    else take(frame);
  });
  const transport = await connectWebSocket(`${server.url}/?role=harness&sig=secret`);
  const socket = await server.accepted();
  return {
    transport,
    socket,
    next: () => {
      const frame = frames.shift();
      return frame === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(frame);
    },
    [Symbol.asyncDispose]: async () => {
      await transport.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const bytes = (frame: RelayFrame) => encodeRelayFrame(frame) as Uint8Array<ArrayBuffer>;
const payload = (text: string) => new TextEncoder().encode(text);

Deno.test("relay harness: opens its stream, and each message is a numbered frame of it", async () => {
  await using meeting = await meet();
  const opened = await meeting.next();
  assertMatch(opened.streamId, /^[0-9a-f-]{36}$/);
  assertEquals(opened.body, { kind: "resume", nextSeq: 0 });
  meeting.transport.send("one");
  meeting.transport.send("two");
  for (const [seq, text] of ["one", "two"].entries()) {
    assertEquals(await meeting.next(), {
      streamId: opened.streamId,
      body: { kind: "data", seq, payload: payload(text) },
    });
  }
});

Deno.test("relay harness: takes the messages of its own stream and ignores others; a reset ends it with its reason", async () => {
  await using meeting = await meet();
  const { streamId } = await meeting.next();
  for (const kind of ["heartbeat", "ack"] as const) meeting.socket.send(bytes({ streamId, body: { kind } }));
  meeting.socket.send(bytes({ streamId: "other", body: { kind: "data", seq: 0, payload: payload("not for us") } }));
  meeting.socket.send(bytes({ streamId: "other", body: { kind: "reset", reason: "not ours" } }));
  meeting.socket.send(bytes({ streamId, body: { kind: "data", seq: 0, payload: payload("for us") } }));
  meeting.socket.send(bytes({ streamId, body: { kind: "reset", reason: "had enough" } }));
  const received = await Array.fromAsync(meeting.transport.messages);
  assertEquals(received.map((message) => new TextDecoder().decode(message as Uint8Array)), ["for us"]);
  assertEquals(meeting.transport.failure, "had enough");
});

Deno.test("relay harness: what is no relay frame ends it and is named", async () => {
  const cases: [string | Uint8Array<ArrayBuffer>, RegExp][] = [
    ["text", /^relay exec-server transport expects binary protobuf frames$/],
    [new Uint8Array([8, 9]), /^unsupported relay message frame version 9$/],
    [new Uint8Array([255]), /^invalid relay message frame: /],
  ];
  for (const [message, failure] of cases) {
    await using meeting = await meet();
    meeting.socket.send(message);
    assertEquals(await Array.fromAsync(meeting.transport.messages), []);
    assertMatch(meeting.transport.failure ?? "", failure);
  }
});

Deno.test("relay harness: closing resets the stream, so the executor need not wait for the websocket", async () => {
  await using meeting = await meet();
  const { streamId } = await meeting.next();
  await meeting.transport.close({ code: 1000, text: "" });
  assertEquals(await meeting.next(), { streamId, body: { kind: "reset", reason: "closed" } });
});

Deno.test("relay harness: only a role=harness pair in the query makes a rendezvous of a URL", async () => {
  await using server = echoServer();
  for (const query of ["", "?role=executor", "?x=role=harness", "?Role=harness"]) {
    const transport = await connectWebSocket(`${server.url}/${query}`);
    transport.send("as it is");
    for await (const message of transport.messages) {
      assertEquals(message, "as it is");
      break;
    }
    await transport.close();
  }
});

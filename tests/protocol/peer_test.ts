import { assertEquals, assertRejects } from "@std/assert";
import { RpcError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { TransportClosedError } from "../../protocol/peer.ts";
import type { Transport } from "../../protocol/transport.ts";
import { linkedPeers, rawConnection, turn } from "./linked_peers.ts";

Deno.test("Peer: a call gives the handler method and params and returns its result", async () => {
  await using peers = linkedPeers({ request: (method, params) => ({ method, params }) });
  assertEquals(await peers.client.call("a/b", { x: [1] }), { method: "a/b", params: { x: [1] } });
  assertEquals(await peers.client.call("c", undefined), { method: "c" });
});

Deno.test("Peer: both sides may call and notify", async () => {
  const told = Promise.withResolvers<unknown>();
  await using peers = linkedPeers({}, {
    request: () => "from the client",
    notification: (method, params) => told.resolve([method, params]),
  });
  assertEquals(await peers.server.call("ask", null), "from the client");
  peers.server.notify("process/output", { seq: 1 });
  assertEquals(await told.promise, ["process/output", { seq: 1 }]);
});

Deno.test("Peer: the trace reaches the handler", async () => {
  const traces: unknown[] = [];
  await using connection = rawConnection({ request: (_method, _params, trace) => traces.push(trace) });
  connection.send('{"id":1,"method":"m","trace":{"traceparent":"00-1"}}');
  connection.send('{"id":2,"method":"m"}');
  await connection.next();
  await connection.next();
  assertEquals(traces, [{ traceparent: "00-1" }, undefined]);
});

Deno.test("Peer: requests run at once and are answered as they finish", async () => {
  const gates = new Map<string, PromiseWithResolvers<string>>();
  await using peers = linkedPeers({
    request: (method) => {
      const gate = Promise.withResolvers<string>();
      gates.set(method, gate);
      return gate.promise;
    },
  });
  const order: unknown[] = [];
  const calls = ["slow", "fast"].map((method) => peers.client.call(method, null).then((value) => order.push(value)));
  await turn();
  assertEquals(peers.server.inFlight, 2);
  gates.get("fast")?.resolve("fast");
  await calls[1];
  gates.get("slow")?.resolve("slow");
  await calls[0];
  assertEquals(order, ["fast", "slow"]);
});

Deno.test("Peer: messages behind a barrier wait for its answer", async () => {
  const barrier = Promise.withResolvers<void>();
  const seen: string[] = [];
  await using connection = rawConnection({
    isBarrier: (method) => method === "initialize",
    request: (method) => {
      seen.push(method);
      return method === "initialize" ? barrier.promise : 0;
    },
    notification: (method) => void seen.push(method),
  });
  connection.send('{"id":1,"method":"initialize"}');
  connection.send('{"method":"initialized"}');
  connection.send('{"id":2,"method":"m"}');
  await turn();
  assertEquals(seen, ["initialize"]);
  barrier.resolve();
  assertEquals(await connection.next(), { id: 1, result: null });
  assertEquals(await connection.next(), { id: 2, result: 0 });
  assertEquals(seen, ["initialize", "initialized", "m"]);
});

Deno.test("Peer: at most maxInFlightRequests run, the others wait and none is lost", async () => {
  const gate = Promise.withResolvers<void>();
  let running = 0, most = 0;
  await using peers = linkedPeers({
    request: async (method) => {
      most = Math.max(most, ++running);
      await gate.promise;
      running--;
      return method;
    },
  });
  const names = Array.from({ length: LIMITS.maxInFlightRequests + 50 }, (_, i) => String(i));
  const calls = Promise.all(names.map((name) => peers.client.call(name, null)));
  await turn();
  assertEquals(peers.server.inFlight, LIMITS.maxInFlightRequests);
  gate.resolve();
  assertEquals(await calls, names);
  assertEquals(most, LIMITS.maxInFlightRequests);
  assertEquals(peers.server.inFlight, 0);
});

Deno.test("Peer: close ends a peer that waits for a free slot", async () => {
  let started = 0;
  await using peers = linkedPeers({
    request: () => {
      started++;
      return new Promise<never>(() => {});
    },
  });
  const total = LIMITS.maxInFlightRequests + 1;
  const calls = Array.from({ length: total }, () => peers.client.call("m", null));
  await turn();
  await peers.server.close();
  await peers.serverEnded;
  for (const call of calls) await assertRejects(() => call, TransportClosedError);
  assertEquals(started, LIMITS.maxInFlightRequests);
});

Deno.test("Peer: no request is started while the peer does not take its answers", async () => {
  const drained = Promise.withResolvers<void>();
  let queuedBytes = 0;
  let started = 0;
  const slow = (end: Transport): Partial<Transport> => ({
    get queuedBytes() {
      return queuedBytes;
    },
    send: (message) => {
      queuedBytes = LIMITS.sendHighWaterBytes + 1;
      end.send(message);
    },
    drained: () => drained.promise.then(() => void (queuedBytes = 0)),
  });
  await using connection = rawConnection({ request: () => ++started }, slow);
  connection.send('{"id":1,"method":"m"}');
  connection.send('{"id":2,"method":"m"}');
  assertEquals(await connection.next(), { id: 1, result: 1 });
  await turn();
  assertEquals(started, 1);
  drained.resolve();
  assertEquals(await connection.next(), { id: 2, result: 2 });
});

Deno.test("Peer: idle resolves when nothing is being answered", async () => {
  const gate = Promise.withResolvers<void>();
  await using peers = linkedPeers({ request: () => gate.promise });
  await peers.server.idle();
  const call = peers.client.call("m", null);
  await turn();
  let idle = false;
  const waiting = peers.server.idle().then(() => idle = true);
  await turn();
  assertEquals(idle, false);
  gate.resolve();
  await waiting;
  assertEquals(await call, null);
});

Deno.test("Peer: open calls fail when the transport ends, later ones at once", async () => {
  await using peers = linkedPeers({ request: () => new Promise(() => {}) });
  const open = peers.client.call("m", null);
  await turn();
  await peers.server.close();
  const error = await assertRejects(() => open, TransportClosedError);
  assertEquals(error.message, "exec-server transport closed: memory");
  await assertRejects(() => peers.client.call("m", null), TransportClosedError);
  peers.client.notify("m", null);
});

Deno.test("Peer: an answer that comes after the end is dropped", async () => {
  const gate = Promise.withResolvers<string>();
  const unexpected: unknown[] = [];
  await using peers = linkedPeers({ request: () => gate.promise, unexpected: (error) => unexpected.push(error) });
  const call = peers.client.call("m", null);
  await turn();
  await peers.server.close();
  gate.reject(new RpcError(-32603, "too late"));
  await peers.server.idle();
  await assertRejects(() => call, TransportClosedError);
  assertEquals(unexpected, []);
});

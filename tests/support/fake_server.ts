import { Peer, type PeerHandler, type Transport } from "../../protocol/mod.ts";

/** A hand-written exec-server for client tests: what it was sent, and the peer to talk back with. */
export interface FakeServer {
  readonly peer: Peer;
  readonly requests: { method: string; params: unknown }[];
  readonly notifications: string[];
  readonly done: Promise<void>;
}

/** Serves one transport: answers `initialize` and hands the other requests to `answer`. */
export function fakeServer(transport: Transport, answer: (method: string, params: unknown) => unknown): FakeServer {
  const requests: FakeServer["requests"] = [];
  const notifications: string[] = [];
  const handler: PeerHandler = {
    request: (method, params) => {
      requests.push({ method, params });
      return answer(method, params);
    },
    notification: (method) => void notifications.push(method),
    isBarrier: () => false,
    strict: false,
    unexpected: reportError,
  };
  const peer = new Peer(transport, handler);
  return { peer, requests, notifications, done: peer.run() };
}

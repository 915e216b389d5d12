import { memoryTransportPair } from "../../protocol/memory_transport.ts";
import { Peer, type PeerHandler } from "../../protocol/peer.ts";
import type { CloseReason, Transport } from "../../protocol/transport.ts";

/** A handler of which a test replaces what it needs. */
export function handlerWith(parts: Partial<PeerHandler>): PeerHandler {
  return {
    request: (method) => method,
    notification: () => {},
    isBarrier: () => false,
    strict: true,
    unexpected: (error) => {
      throw error;
    },
    ...parts,
  };
}

/** Two running peers joined in memory. */
export interface LinkedPeers extends AsyncDisposable {
  /** The side under test mostly asks. */
  readonly client: Peer;
  /** The side under test mostly answers. */
  readonly server: Peer;
  /** Resolves when the server's loop has ended. */
  readonly serverEnded: Promise<void>;
}

/** Starts a client and a server peer over memory. */
export function linkedPeers(server: Partial<PeerHandler>, client: Partial<PeerHandler> = {}): LinkedPeers {
  const [clientEnd, serverEnd] = memoryTransportPair();
  const peers = {
    client: new Peer(clientEnd, handlerWith({ strict: false, ...client })),
    server: new Peer(serverEnd, handlerWith(server)),
  };
  const clientEnded = peers.client.run();
  const serverEnded = peers.server.run();
  return {
    ...peers,
    serverEnded,
    async [Symbol.asyncDispose]() {
      await peers.client.close();
      await Promise.all([clientEnded, serverEnded]);
    },
  };
}

/** A running server peer whose raw frames the test writes and reads. */
export interface RawConnection extends AsyncDisposable {
  /** The server under test. */
  readonly server: Peer;
  /** Reasons the server gave when it closed. */
  readonly closeReasons: (CloseReason | undefined)[];
  /** Sends one raw frame. */
  send(frame: string): void;
  /** The next frame from the server, parsed, or undefined at the end. */
  next(): Promise<unknown>;
  /** Resolves when the server's loop has ended. */
  readonly ended: Promise<void>;
}

/** Starts a server peer; `parts` may replace members of its end of the connection. */
export function rawConnection(
  handler: Partial<PeerHandler>,
  parts: (end: Transport) => Partial<Transport> = () => ({}),
): RawConnection {
  const [near, far] = memoryTransportPair();
  const closeReasons: (CloseReason | undefined)[] = [];
  const own: Partial<Transport> = parts(far);
  const close = (reason?: CloseReason) => {
    closeReasons.push(reason);
    return far.close(reason);
  };
  const end = new Proxy(far, {
    get(_target, name) {
      if (name === "close") return close;
      const value = Reflect.get(Object.hasOwn(own, name) ? own : far, name);
      return typeof value === "function" ? value.bind(far) : value;
    },
  });
  const server = new Peer(end, handlerWith(handler));
  const ended = server.run();
  const frames = near.messages[Symbol.asyncIterator]();
  return {
    server,
    closeReasons,
    ended,
    send: (frame) => near.send(frame),
    async next() {
      const { value } = await frames.next();
      return value === undefined ? undefined : JSON.parse(String(value));
    },
    async [Symbol.asyncDispose]() {
      await near.close();
      await ended;
    },
  };
}

/** Lets everything that is ready run: one turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

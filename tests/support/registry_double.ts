/** A request as it arrived at the registry. */
export interface RecordedRequest {
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A registry whose answers a test writes, with a rendezvous at `/rendezvous`. */
export interface RegistryDouble extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `ws://127.0.0.1:PORT/rendezvous?role=executor&sig=secret`. */
  readonly rendezvousUrl: string;
  /** Everything but websockets, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Headers of the websockets, in order. */
  readonly dials: readonly Readonly<Record<string, string>>[];
  /** The next websocket an executor opened. */
  rendezvous(): Promise<WebSocket>;
}

/** Starts a registry double. @param answer what a request gets; @param url where the double itself is */
export function registryDouble(answer: (request: RecordedRequest, url: string) => Response): RegistryDouble {
  const requests: RecordedRequest[] = [];
  const dials: Record<string, string>[] = [];
  const sockets = new Set<WebSocket>();
  const arrived: WebSocket[] = [];
  const waiting: ((socket: WebSocket) => void)[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    if (request.headers.get("upgrade") === "websocket") {
      dials.push(Object.fromEntries(request.headers));
      if (pathname !== "/rendezvous") return new Response("no rendezvous", { status: 503 });
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
      socket.binaryType = "arraybuffer";
      sockets.add(socket);
      socket.onclose = () => sockets.delete(socket);
      socket.onopen = () => {
        const take = waiting.shift();
        if (take === undefined) arrived.push(socket);
        else take(socket);
      };
      return response;
    }
    const recorded = {
      method: request.method,
      path: pathname + search,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    };
    requests.push(recorded);
    return answer(recorded, url);
  });
  const url: string = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}`;
  return {
    url,
    rendezvousUrl: `${url.replace("http", "ws")}/rendezvous?role=executor&sig=secret`,
    requests,
    dials,
    rendezvous: () => {
      const socket = arrived.shift();
      if (socket !== undefined) return Promise.resolve(socket);
      const { promise, resolve } = Promise.withResolvers<WebSocket>();
      waiting.push(resolve);
      return promise;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.close();
      await server.shutdown();
    },
  };
}

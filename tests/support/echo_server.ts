/** A websocket server in the test's own process. */
export interface EchoServer extends AsyncDisposable {
  /** `ws://127.0.0.1:PORT`. */
  readonly url: string;
  /** Headers of the last request to open a websocket. */
  readonly headers: Headers;
  /** Resolves with the next socket that a client opened. */
  accepted(): Promise<WebSocket>;
}

/** Serves websockets that send every message back unless `onMessage` does something else with it. */
export function echoServer(
  onMessage: (socket: WebSocket, data: string | ArrayBuffer) => void = (socket, data) => socket.send(data),
  listen: { path: string } | { port: number; hostname: string } = { hostname: "127.0.0.1", port: 0 },
): EchoServer {
  let headers = new Headers();
  const sockets = new Set<WebSocket>();
  const accepted = Promise.withResolvers<WebSocket>();
  const server = Deno.serve({ ...listen, onListen: () => {} }, (request) => {
    headers = new Headers(request.headers); // the request itself is gone after the upgrade
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    socket.binaryType = "arraybuffer";
    sockets.add(socket);
    socket.onopen = () => accepted.resolve(socket);
    socket.onmessage = ({ data }) => onMessage(socket, data);
    socket.onclose = () => sockets.delete(socket);
    return response;
  });
  return {
    url: server.addr.transport === "tcp" ? `ws://127.0.0.1:${server.addr.port}` : "",
    get headers() {
      return headers;
    },
    accepted: () => accepted.promise,
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.close();
      return server.shutdown();
    },
  };
}

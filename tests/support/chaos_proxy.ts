/** What becomes of a connection: after so many bytes, in both directions together, it is cut or goes silent. */
export interface Fate {
  readonly kind: "cut" | "stall" | "pass";
  readonly afterBytes: number;
}

const PASS: Fate = { kind: "pass", afterBytes: Infinity };

/** Forwards TCP connections and breaks them as it is told. */
export class ChaosProxy implements AsyncDisposable {
  /** Where clients connect to. */
  readonly url: string;
  /** Decides about each connection when it is opened. */
  nextFate: () => Fate = () => PASS;
  /** Connections that were cut or went silent. */
  broken = 0;
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<{ close(): void }>();
  readonly #pumps = new Set<Promise<void>>();
  #port: number;

  /** Listens. @param url of the server */
  constructor(url: string) {
    this.#port = Number(new URL(url).port);
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.url = `ws://127.0.0.1:${this.#listener.addr.port}`;
    this.#track(this.#accept());
  }

  /** Forwards further connections to another server. */
  redirect(url: string): void {
    this.#port = Number(new URL(url).port);
  }

  /** Cuts every open connection. */
  cut(): void {
    for (const pair of [...this.#open]) pair.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    while (this.#pumps.size > 0) await Promise.all(this.#pumps);
  }

  async #accept(): Promise<void> {
    while (true) {
      let client: Deno.TcpConn;
      try {
        client = await this.#listener.accept();
      } catch {
        return; // closed
      }
      this.#track(this.#forward(client, this.nextFate()));
    }
  }

  async #forward(client: Deno.TcpConn, fate: Fate): Promise<void> {
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
    } catch {
      client.close(); // nobody listens just now
      return;
    }
    const pair = {
      close: () => {
        if (!this.#open.delete(pair)) return;
        client.close();
        server.close();
      },
    };
    this.#open.add(pair);
    let left = fate.afterBytes;
    const pump = async (from: Deno.Conn, to: Deno.Conn) => {
      const buffer = new Uint8Array(16 * 1024);
      try {
        while (true) {
          const count = await from.read(buffer);
          if (count === null) break;
          const passed = Math.min(count, Math.max(0, left));
          if (left > 0 && count >= left) this.broken++;
          left -= count;
          for (let at = 0; at < passed;) at += await to.write(buffer.subarray(at, passed));
          // a silent connection is read on and nothing of it passed, until the client gives up
          if (passed < count && fate.kind === "cut") break;
        }
      } catch {
        // closed by the other direction
      }
      pair.close();
    };
    await Promise.all([pump(client, server), pump(server, client)]);
  }

  #track(work: Promise<void>): void {
    this.#pumps.add(work);
    work.then(() => this.#pumps.delete(work));
  }
}

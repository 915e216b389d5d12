import { assert, assertEquals, assertRejects } from "@std/assert";
import { RpcError } from "../../../protocol/mod.ts";
import { LocalHttpClient } from "../../../server/mod.ts";
import { BusyWait } from "../../../server/http/busy_wait.ts";
import { socketDescriptor } from "../../../server/http/socket_descriptor.ts";
import { openLibc } from "../../../server/posix/libc.ts";

const ignore = !BusyWait.possible;
const REQUEST = new TextEncoder().encode("GET /small HTTP/1.1\r\n\r\n");
const ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
// a busy machine makes a prompt server late
const MAX_REQUESTS = 20_000;

/** A server that answers on another thread. */
class PromptUpstream implements Disposable {
  readonly #worker: Worker;
  readonly port: number;
  #ended = Promise.withResolvers<void>();

  private constructor(worker: Worker, port: number) {
    this.#worker = worker;
    this.port = port;
    worker.onmessage = () => this.#ended.resolve();
  }

  static async start(): Promise<PromptUpstream> {
    const worker = new Worker(import.meta.resolve("./prompt_upstream.ts"), { type: "module" });
    const port = await new Promise<number>((resolve) => worker.onmessage = ({ data }) => resolve(data));
    return new PromptUpstream(worker, port);
  }

  /** Resolves when it has ended a connection since the last call. */
  async ended(): Promise<void> {
    await this.#ended.promise;
    this.#ended = Promise.withResolvers();
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

/** A client that may wait busily, and its server. */
class Exchange implements Disposable {
  readonly upstream: PromptUpstream;
  readonly http = new LocalHttpClient({ environment: {}, busyWait: true });
  readonly url: string;

  private constructor(upstream: PromptUpstream) {
    this.upstream = upstream;
    this.url = `http://127.0.0.1:${upstream.port}`;
  }

  static async start(): Promise<Exchange> {
    return new Exchange(await PromptUpstream.start());
  }

  async get(path: string, method = "GET"): Promise<string> {
    const { body } = await this.http.request({ method, url: this.url + path });
    return new TextDecoder().decode(body);
  }

  post(path: string): Promise<string> {
    return this.get(path, "POST");
  }

  /** Makes a connection one that is waited for. */
  async warmUp(): Promise<void> {
    for (let i = 0; i < 30; i++) assertEquals(await this.get("/small"), "ok");
  }

  [Symbol.dispose](): void {
    this.http.close();
    this.upstream[Symbol.dispose]();
  }
}

Deno.test({
  name: "BusyWait: a prompt answer is there without a turn of the event loop",
  ignore,
  fn: async () => {
    using upstream = await PromptUpstream.start();
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: upstream.port });
    const wait = new BusyWait(conn);
    const buffer = new Uint8Array(1024);
    let received: Uint8Array | undefined;
    let requests = 0;
    while (received === undefined) {
      assert(++requests < MAX_REQUESTS, "no answer was ever seen in time");
      await conn.write(REQUEST);
      wait.begin(true);
      received = wait.receive();
      if (received === undefined) received = void await conn.read(buffer);
      wait.answered();
    }
    assertEquals(new TextDecoder().decode(received), ANSWER);
    assert(requests > 4, "waited for a connection that is hardly used");
    // whether or not one would be there
    await conn.write(REQUEST);
    wait.begin(false);
    assertEquals(wait.receive(), undefined);
    assertEquals(await conn.read(buffer), ANSWER.length);
    wait.answered();
    wait.close();
    await conn.write(REQUEST);
    wait.begin(true);
    assertEquals(wait.receive(), undefined);
    assertEquals(await conn.read(buffer), ANSWER.length);
  },
});

Deno.test({
  name: "socketDescriptor: finds each end of a connection within one process",
  ignore,
  fn: async () => {
    for (const hostname of ["127.0.0.1", "::1"]) {
      using listener = Deno.listen({ hostname, port: 0 });
      using there = await Deno.connect({ hostname, port: listener.addr.port });
      using here = await listener.accept();
      const [thereFd, hereFd] = [socketDescriptor(there), socketDescriptor(here)];
      assert(thereFd !== undefined && hereFd !== undefined && thereFd !== hereFd, hostname);
      const buffer = new Uint8Array(8);
      for (const [fd, other] of [[thereFd, here], [hereFd, there]] as const) {
        openLibc().call.write(fd, new Uint8Array([fd]), 1n);
        assertEquals(await other.read(buffer), 1);
        assertEquals(buffer[0], fd);
      }
    }
  },
});

Deno.test({
  name: "socketDescriptor: there is none of a closed connection",
  ignore,
  fn: async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    conn.close();
    await (await listener.accept()).close();
    assertEquals(socketDescriptor(conn), undefined);
  },
});

Deno.test({ name: "LocalHttpClient: busy waiting changes nothing that is seen", ignore }, async (t) => {
  await t.step("bodies in one piece, in several, and of many reads", async () => {
    using exchange = await Exchange.start();
    for (let i = 0; i < 50; i++) {
      assertEquals(await exchange.get("/small"), "ok");
      assertEquals(await exchange.get("/pieces"), "abcdef");
      assertEquals((await exchange.get("/large")).length, 300_000);
      if (i % 10 === 0) assertEquals(await exchange.get("/late"), "ok");
    }
  });
  await t.step("many at once", async () => {
    using exchange = await Exchange.start();
    await exchange.warmUp();
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange.get("/pieces")));
    assertEquals(answers, Array.from({ length: 50 }, () => "abcdef"));
  });
  await t.step("a reset behind a part of a body is an error, not its end", async () => {
    using exchange = await Exchange.start();
    for (let i = 0; i < 20; i++) {
      await exchange.warmUp();
      await assertRejects(() => exchange.get("/cut"), RpcError, "response body");
    }
  });
  await t.step("a connection that was closed while its body was held is not used again", async () => {
    using exchange = await Exchange.start();
    for (let i = 0; i < 20; i++) {
      await exchange.warmUp();
      const { body } = await exchange.http.requestStream({ method: "GET", url: `${exchange.url}/last` });
      await exchange.upstream.ended();
      // the event loop sees that as well
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
      assertEquals(await new Response(body).text(), "ok");
      assertEquals(await exchange.post("/small"), "ok");
    }
  });
});

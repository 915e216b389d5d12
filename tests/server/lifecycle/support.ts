import { serverCommand } from "../../support/test_server.ts";
import { connectRaw } from "../../faults/support/raw_websocket.ts";
import { lines } from "../../support/lines.ts";

/** How a server that ended by itself did so. */
export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs our server to its end with this on its stdin. */
export async function runServer(args: readonly string[], stdin: string | Uint8Array = ""): Promise<Ended> {
  const child = spawnServer(...args);
  const writer = child.stdin.getWriter();
  // a server that ends early does not read it
  const written = writer.write(typeof stdin === "string" ? new TextEncoder().encode(stdin) : new Uint8Array(stdin))
    .then(() => writer.close()).catch(() => {});
  const { code, signal, stdout, stderr } = await child.output();
  await written;
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, signal, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Starts our server with all three descriptors as pipes. */
export function spawnServer(...args: string[]): Deno.ChildProcess {
  const { program, args: own } = serverCommand(...args);
  const env = { NO_COLOR: "1" };
  return new Deno.Command(program, { args: [...own], env, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
}

/** A client of a server on stdio. */
export class StdioClient {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncGenerator<string, void, void>;
  readonly #stderr: Promise<string>;

  constructor(...args: string[]) {
    this.#child = spawnServer("--listen", "stdio", ...args);
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = lines(this.#child.stdout);
    this.#stderr = new Response(this.#child.stderr).text();
  }

  /** Process id of the server. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Sends raw text or bytes. */
  async write(text: string | Uint8Array): Promise<void> {
    await this.#writer.write(typeof text === "string" ? new TextEncoder().encode(text) : new Uint8Array(text));
  }

  /** Sends messages, a line each. */
  async send(...messages: readonly unknown[]): Promise<void> {
    await this.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
  }

  /** Opens a session. */
  async initialize(): Promise<void> {
    await this.send({ id: 0, method: "initialize", params: { clientName: "stdio" } }, { method: "initialized" });
    await this.message(({ id }) => id === 0);
  }

  /** The next message that fits, others are dropped. */
  async message(fits: (message: Record<string, unknown>) => boolean = () => true): Promise<Record<string, unknown>> {
    while (true) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`the server ended: ${await this.#stderr}`);
      const message = JSON.parse(value);
      if (fits(message)) return message;
    }
  }

  /** Ends the input. */
  end(): Promise<void> {
    return this.#writer.close();
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Reads what is left. @returns how the server ended */
  async ended(): Promise<Ended> {
    const rest: string[] = [];
    for await (const line of this.#lines) rest.push(line);
    const { code, signal } = await this.#child.status;
    await this.#writer.close().catch(() => {});
    return { code, signal, stdout: rest.join("\n"), stderr: await this.#stderr };
  }
}

/** What a server answers to one HTTP request on a socket of its own. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Sends a request byte by byte as given and reads to the end of the connection, or of the head of a 101. */
export async function rawHttp(url: string, request: string | Uint8Array): Promise<HttpResponse> {
  const conn = await connectRaw(url);
  try {
    await conn.write(typeof request === "string" ? new TextEncoder().encode(request) : request);
    const buffer = new Uint8Array(65_536);
    let text = "";
    for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
      text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
      if (text.startsWith("HTTP/1.1 101") && text.includes("\r\n\r\n")) break;
    }
    return parseResponse(text);
  } finally {
    conn.close();
  }
}

function parseResponse(text: string): HttpResponse {
  const end = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...headers] = text.slice(0, end).split("\r\n");
  return {
    status: Number(statusLine.split(" ")[1]),
    headers: new Map(headers.map((line) => {
      const [name = "", ...value] = line.split(":");
      return [name.toLowerCase(), value.join(":").trim()];
    })),
    body: text.slice(end + 4),
  };
}

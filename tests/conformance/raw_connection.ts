// @ts-types="npm:@types/ws@^8"
import WebSocket from "ws";
import type { Message } from "./step.ts";

/** A websocket that sends any frame and keeps what comes in. */
export class RawConnection {
  readonly #socket: WebSocket;
  #inbox: Message[] = [];
  #changed = Promise.withResolvers<void>();
  #closed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      this.#inbox.push(JSON.parse(String(data)));
      this.#notify();
    });
    socket.on("close", () => {
      this.#closed = true;
      this.#notify();
    });
  }

  /** Connects. */
  static async open(url: string): Promise<RawConnection> {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 512 * 1024 * 1024 });
    const connection = new RawConnection(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.on("error", reject);
    });
    return connection;
  }

  /** Messages not taken yet. */
  get inbox(): readonly Message[] {
    return this.#inbox;
  }

  /** Whether the connection has ended. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Sends a text frame, or a binary one for bytes. */
  send(frame: string | Uint8Array): void {
    this.#socket.send(frame, () => {}); // that the peer is gone is seen by its close
  }

  /** Takes all messages out of the inbox. */
  take(): Message[] {
    const messages = this.#inbox;
    this.#inbox = [];
    return messages;
  }

  /** Takes the answer with this id out of the inbox and forgets it. */
  drop(id: string): void {
    this.#inbox = this.#inbox.filter((message) => message.id !== id);
  }

  /** Waits until the condition holds. @returns whether it did in time */
  async until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    const deadline = Promise.withResolvers<void>();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      deadline.resolve();
    }, timeoutMs);
    while (!condition() && !late) {
      await Promise.race([this.#changed.promise, deadline.promise]);
    }
    clearTimeout(timer);
    return condition();
  }

  /** Closes the connection and waits until it is closed. */
  async close(): Promise<void> {
    this.#socket.close();
    if (!await this.until(() => this.#closed, 1_000)) this.#socket.terminate();
    await this.until(() => this.#closed, 1_000);
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

import { fromFileUrl } from "@std/path";
import { until } from "./until.ts";
import { exists } from "./exists.ts";

/** Memory in use, not what is kept for later use, bytes. */
export interface LiveMemory {
  /** Objects of JavaScript and its compiled code. */
  readonly heap: number;
  /** Blocks of the C library, buffers of JavaScript among them. */
  readonly native: number;
}

const PROGRAM = fromFileUrl(new URL("watched_program.ts", import.meta.url));

/** Arguments of Deno that start our server with a door at this path for {@linkcode Door}. */
export function watchedArguments(door: string, ...args: string[]): string[] {
  return ["run", "-A", "--quiet", "--v8-flags=--expose-gc", PROGRAM, door, ...args];
}

/** The second door of a server started with {@linkcode watchedArguments}; the server ends when this process does. */
export class Door implements Disposable {
  readonly #path: string;
  readonly #leash: Deno.Conn;

  private constructor(path: string, leash: Deno.Conn) {
    this.#path = path;
    this.#leash = leash;
  }

  /** Takes the server on its leash. */
  static async open(path: string): Promise<Door> {
    await until("the door is there", () => exists(path), 30_000);
    return new Door(path, await Deno.connect({ transport: "unix", path }));
  }

  /** What memory the server uses. */
  async liveMemory(): Promise<LiveMemory> {
    const conn = await Deno.connect({ transport: "unix", path: this.#path });
    return await new Response(conn.readable).json();
  }

  [Symbol.dispose](): void {
    this.#leash.close();
  }
}

import { LIMITS } from "../../protocol/mod.ts";
import type { HttpCall } from "./http_call.ts";
import { HttpFailure } from "./http_failure.ts";

/**
 * Connects to the first address that answers: the next one is tried when one fails or takes long (RFC 8305).
 *
 * @throws {HttpFailure} "connect" when none answers, or the reason the call was aborted for
 */
export async function connectAny(addresses: readonly string[], port: number, call: HttpCall): Promise<Deno.TcpConn> {
  if (call.failure !== undefined) throw call.failure;
  const attempts: Attempt[] = [];
  call.onAbort(() => attempts.forEach((attempt) => attempt.abort()));
  let winner: Deno.TcpConn | undefined;
  try {
    for (const address of addresses) {
      const attempt = new Attempt(address, port);
      attempts.push(attempt);
      winner = await firstOf(attempts, attempt);
      if (winner !== undefined || call.failure !== undefined) break;
    }
    winner ??= await Promise.any(attempts.map(({ conn }) => conn));
    if (call.failure !== undefined) throw call.failure;
    call.onAbort(undefined);
    return winner;
  } catch (cause) {
    winner?.close();
    winner = undefined;
    throw call.failure ?? new HttpFailure("connect", { cause });
  } finally {
    for (const attempt of attempts) attempt.dropUnless(winner);
  }
}

class Attempt {
  readonly conn: Promise<Deno.TcpConn>;
  readonly #abort = new AbortController();

  constructor(hostname: string, port: number) {
    this.conn = Deno.connect({ hostname, port, signal: this.#abort.signal });
    this.conn.catch(() => {}); // looked at later, or not at all
  }

  abort(): void {
    this.#abort.abort();
  }

  /** Ends an attempt that is not needed. */
  async dropUnless(winner: Deno.TcpConn | undefined): Promise<void> {
    const conn = await Promise.race([this.conn, undefined]).catch(() => undefined);
    if (winner !== undefined && conn === winner) return;
    this.#abort.abort();
    // it may have connected meanwhile
    await this.conn.then((late) => late === winner || late.close()).catch(() => {});
  }
}

/** The first connection; undefined when the newest attempt fails or has had its time. */
async function firstOf(attempts: readonly Attempt[], newest: Attempt): Promise<Deno.TcpConn | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LIMITS.httpConnectStaggerMs);
  });
  const none = () => undefined;
  const any = Promise.any(attempts.map(({ conn }) => conn)).catch(none);
  const first = await Promise.race([any, newest.conn.catch(none), late]);
  clearTimeout(timer);
  return first;
}

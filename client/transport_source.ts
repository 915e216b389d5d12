import type { Transport } from "../protocol/mod.ts";
import { spawnStdio, type StdioCommand } from "./stdio_transport.ts";
import { connectWebSocket, type WebSocketOptions } from "./websocket_transport.ts";

/**
 * Where a server is: a URL for {@linkcode connectWebSocket}, a program to start, a function that opens a transport
 * whenever one is needed (given up by the signal), or a transport that is open already, which then belongs to the client.
 */
export type ConnectTarget = string | URL | StdioCommand | ((signal?: AbortSignal) => Promise<Transport>) | Transport;

/** Opens transports to one server. */
export interface TransportSource {
  /** Whether a lost connection can be made again: a started program and a given transport are gone for good. */
  readonly reopens: boolean;
  /** Opens one. @param signal gives up */
  open(signal?: AbortSignal): Promise<Transport>;
}

/** Decides how transports to a target are opened. */
export function transportSource(target: ConnectTarget, options: WebSocketOptions): TransportSource {
  if (typeof target === "function") return { reopens: true, open: target };
  if (typeof target === "string" || target instanceof URL) {
    const url = String(target);
    return { reopens: true, open: (signal) => connectWebSocket(url, { ...options, signal }) };
  }
  if ("program" in target) return { reopens: false, open: () => Promise.try(() => spawnStdio(target)) };
  return { reopens: false, open: () => Promise.resolve(target) };
}

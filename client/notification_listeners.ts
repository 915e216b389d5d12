import { type NotificationName, type NotificationParams, NOTIFICATIONS, ProtocolViolation } from "../protocol/mod.ts";

/** A notification of the server, told apart by its method. */
export type ServerNotification = {
  [N in NotificationName]: { readonly method: N; readonly params: NotificationParams<N> };
}[NotificationName];

/** Checks notifications against the table and hands them to those who listen; unknown ones are dropped. */
export class NotificationListeners {
  readonly #byName = new Map<NotificationName, Set<(params: never) => void>>();
  readonly #any = new Set<(notification: ServerNotification) => void>();

  /** Adds a listener for one method; disposing the handle removes it. */
  add<N extends NotificationName>(name: N, listener: (params: NotificationParams<N>) => void): Disposable {
    const listeners = this.#byName.getOrInsertComputed(name, () => new Set());
    listeners.add(listener);
    return { [Symbol.dispose]: () => void listeners.delete(listener) };
  }

  /** Adds a listener for all methods; disposing the handle removes it. */
  addAny(listener: (notification: ServerNotification) => void): Disposable {
    this.#any.add(listener);
    return { [Symbol.dispose]: () => void this.#any.delete(listener) };
  }

  /**
   * Delivers a notification. An error of a listener is reported as uncaught, like that of any event listener, and does
   * not keep the others from being called.
   *
   * @throws {ProtocolViolation} when a known notification has parameters of the wrong shape
   */
  dispatch(method: string, params: unknown): void {
    if (!isNotificationName(method)) return;
    const decoded = NOTIFICATIONS[method].params.safeParse(params);
    if (!decoded.success) throw new ProtocolViolation(`invalid parameters of \`${method}\``);
    const notification = { method, params: decoded.data } as ServerNotification;
    for (const listener of this.#any) guarded(() => listener(notification));
    for (const listener of this.#byName.get(method) ?? []) guarded(() => listener(decoded.data as never));
  }
}

function guarded(action: () => void): void {
  try {
    action();
  } catch (error) {
    reportError(error);
  }
}

function isNotificationName(name: string): name is NotificationName {
  return Object.hasOwn(NOTIFICATIONS, name);
}

import type { NotificationName, NotificationParams } from "../protocol/mod.ts";

/** A notification of the server, told apart by its method. */
export type ServerNotification = {
  [N in NotificationName]: { readonly method: N; readonly params: NotificationParams<N> };
}[NotificationName];

/** Hands notifications to those who listen. */
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
   */
  dispatch(notification: ServerNotification): void {
    for (const listener of this.#any) guarded(() => listener(notification));
    for (const listener of this.#byName.get(notification.method) ?? []) {
      guarded(() => listener(notification.params as never));
    }
  }
}

function guarded(action: () => void): void {
  try {
    action();
  } catch (error) {
    reportError(error);
  }
}

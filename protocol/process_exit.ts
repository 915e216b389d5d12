import type { ProcessEventLog } from "./process_event_log.ts";
import type { ProcessExit } from "./process_handle.ts";

/** Waits until a process has ended and its output is complete. @throws its failure when it was lost before */
export function processExit(log: ProcessEventLog): Promise<ProcessExit> {
  const { promise, resolve, reject } = Promise.withResolvers<ProcessExit>();
  const waiter = {
    nextSeq: Infinity, // it reads no events, so none are kept for it
    wake: () => {
      const { closed, exited, failure } = log;
      if (closed !== undefined && exited !== undefined) {
        resolve({ exitCode: exited.exitCode, sandboxDenied: exited.sandboxDenied });
      } else if (closed !== undefined) reject(new Error("the process closed without an exit"));
      else if (failure !== undefined) reject(failure);
      else return;
      log.detach(waiter);
    },
  };
  log.attach(waiter);
  waiter.wake();
  return promise;
}

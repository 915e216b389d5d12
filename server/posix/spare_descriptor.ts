import { openLibc } from "./libc.ts";

const EFD_CLOEXEC = 0x80000;

let spare: number | undefined;

/** Keeps one descriptor in reserve, so that {@linkcode withSpareDescriptor} works when the table is full. */
export function keepSpareDescriptor(): void {
  spare ??= open();
}

/** Runs a short synchronous task that needs a descriptor, with the reserved one given up for it. */
export function withSpareDescriptor<T>(task: () => T): T {
  if (spare === undefined) return task();
  if (spare >= 0) openLibc().call.close(spare);
  try {
    return task();
  } finally {
    // negative when another thread took it: the next task tries again
    spare = open();
  }
}

function open(): number {
  return openLibc().call.eventfd(0, EFD_CLOEXEC);
}

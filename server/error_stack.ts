import { withSpareDescriptor } from "./posix/spare_descriptor.ts";

/**
 * The stack of an error for the log. Deno 2.9.6 opens files to make it and panics, which ends every client's server,
 * when no descriptor is left.
 */
export function errorStack(error: unknown): string {
  return withSpareDescriptor(() => error instanceof Error ? error.stack ?? String(error) : String(error));
}

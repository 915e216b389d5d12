const ADDRESS_IN_USE = "Address in use (os error 98)";

/** The text behind `Error: ` for a server that cannot start; section 2.1 of the exec-server protocol. */
export function startupErrorText(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return ADDRESS_IN_USE;
  return error instanceof Error ? error.message : String(error);
}

/** A request the registry refuses; answered as `{"error":{"code","message"}}` (environments, section 6.2). */
export class RegistryFault extends Error {
  /** HTTP status. */
  readonly status: number;
  /** For programs. */
  readonly code: string;

  /** Makes a refusal. @param status HTTP status; @param code for programs; @param message for people */
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "RegistryFault";
    this.status = status;
    this.code = code;
  }
}

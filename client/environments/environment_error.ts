/**
 * A configuration of environments that cannot be used, or a question for an environment that does not exist. The message
 * is the original's (environments, sections 3.2, 3.3, 4.2 and 4.3).
 */
export class EnvironmentError extends Error {
  /** Makes an error. @param message what is wrong, without the prefix all of them have; @param options the cause */
  constructor(message: string, options?: ErrorOptions) {
    super(`exec-server protocol error: ${message}`, options);
    this.name = "EnvironmentError";
  }
}

/**
 * A handshake, record or key that breaks the Noise relay; the stream it belongs to ends. The text never holds a secret.
 *
 * Source: environments, section 6.5.
 */
export class NoiseError extends Error {
  /** Makes an error. @param message what is wrong; @param options the cause */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "NoiseError";
  }
}

/** Input and output of a helper, synchronous. */
export interface ByteStreams {
  /** Whether {@linkcode ByteStreams.read} would return at once. */
  readable(): boolean;
  /** Waits for input, but not longer than this. @returns whether {@linkcode ByteStreams.read} would return at once */
  wait(timeoutMs: number): boolean;
  /** Waits for input. @returns the count, 0 at the end */
  read(into: Uint8Array): number;
  /** Writes everything. */
  write(bytes: Uint8Array): void;
}

/** The streams as Deno has them. There is no way to ask for input, so an operation runs to its end first. */
export class DenoPipes implements ByteStreams {
  /** Always false: whoever asks has something else to do. */
  readable(): boolean {
    return false;
  }

  /** Always true: there is no way to give up waiting. */
  wait(): boolean {
    return true;
  }

  /** Waits for input. */
  read(into: Uint8Array): number {
    return Deno.stdin.readSync(into) ?? 0;
  }

  /** Writes everything. */
  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
  }
}

const FIRST_AFTER_MS = 500, EVERY_MS = 100;

/** Shows on a terminal how far a transfer is; anywhere else it shows nothing. Short transfers are not worth a line. */
export class Progress implements Disposable {
  readonly #name: string;
  readonly #total: number | undefined;
  readonly #started = performance.now();
  readonly #shows: boolean = Deno.stderr.isTerminal();
  #next = this.#started + FIRST_AFTER_MS;
  #done = 0;
  #shown = false;

  /** Shows nothing yet. @param name of the file; @param total bytes, when known */
  constructor(name: string, total?: number) {
    this.#name = name;
    this.#total = total === undefined || !(total > 0) ? undefined : total;
  }

  /** So many more bytes are done. */
  add(bytes: number): void {
    this.#done += bytes;
    const now = performance.now();
    if (!this.#shows || now < this.#next) return;
    this.#next = now + EVERY_MS;
    this.#shown = true;
    write(`\r\x1b[K${this.#line(now)}`);
  }

  /** Takes the line away. */
  [Symbol.dispose](): void {
    if (this.#shown) write("\r\x1b[K");
  }

  #line(now: number): string {
    const total = this.#total;
    const percent = total === undefined ? "" : ` of ${size(total)}, ${Math.floor((this.#done / total) * 100)} %`;
    const rate = size(this.#done / ((now - this.#started) / 1_000));
    return `${this.#name.replace(/\p{Cc}/gu, "?")}: ${size(this.#done)}${percent}, ${rate}/s`;
  }
}

/** A number of bytes for people: `12.3 MB`. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes, unit = 0;
  for (; value >= 1_000 && unit < units.length - 1; unit++) value /= 1_000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

function write(text: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  } catch {
    // nobody looks
  }
}

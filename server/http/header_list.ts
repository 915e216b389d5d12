interface Entry {
  readonly name: string;
  readonly values: string[];
}

/**
 * Headers of a request in the order they are sent: names in lower case, values of one name together at its first place.
 *
 * Source: HTTP and MCP, sections 1.4 and 1.5.
 */
export class HeaderList {
  readonly #entries: Entry[] = [];

  /** A list with the same headers. */
  static from(other: HeaderList): HeaderList {
    const copy = new HeaderList();
    for (const { name, values } of other.#entries) copy.#entries.push({ name, values: [...values] });
    return copy;
  }

  /** Adds a header; earlier ones of its name stay. */
  add(name: string, value: string): void {
    const lower = name.toLowerCase();
    const entry = this.#find(lower);
    if (entry === undefined) this.#entries.push({ name: lower, values: [value] });
    else entry.values.push(value);
  }

  /** Replaces all headers of a name. */
  set(name: string, value: string): void {
    const entry = this.#find(name);
    if (entry === undefined) this.#entries.push({ name, values: [value] });
    else entry.values.splice(0, entry.values.length, value);
  }

  /** The first value of a name in lower case. */
  get(name: string): string | undefined {
    return this.#find(name)?.values[0];
  }

  /** Whether there is a header of this name in lower case. */
  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** Removes all headers of a name; the last one takes their place, as it does in the original. */
  delete(name: string): void {
    const at = this.#entries.findIndex((entry) => entry.name === name);
    const last = this.#entries.pop();
    if (at === -1 && last !== undefined) this.#entries.push(last);
    else if (last !== undefined && at < this.#entries.length) this.#entries[at] = last;
  }

  /** The lines of a request, each with its end. */
  get lines(): string {
    let text = "";
    for (const { name, values } of this.#entries) for (const value of values) text += `${name}: ${value}\r\n`;
    return text;
  }

  /** Names and values, one pair a line of the request. */
  *[Symbol.iterator](): Generator<[name: string, value: string], void, void> {
    for (const { name, values } of this.#entries) for (const value of values) yield [name, value];
  }

  #find(name: string): Entry | undefined {
    return this.#entries.find((entry) => entry.name === name);
  }
}

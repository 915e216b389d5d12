import type { FileFacts, HostFacts } from "./host_facts.ts";

/**
 * Facts of a host that remember what they said. During one resolution the same question gets the same answer without
 * being asked again, and afterwards a resolved policy can be kept for as long as {@linkcode ObservedFacts.hold} says
 * that a new resolution would find the same.
 */
export class ObservedFacts implements HostFacts {
  /** Answers anew, and without being remembered. */
  readonly host: HostFacts;
  readonly #facts = new Map<string, FileFacts | undefined>();
  readonly #links = new Map<string, string | undefined>();
  readonly #starts = new Map<string, string | undefined>();

  /** Knows nothing yet. @param host is asked */
  constructor(host: HostFacts) {
    this.host = host;
  }

  get tmpdir(): string | undefined {
    return this.host.tmpdir;
  }

  get home(): string | undefined {
    return this.host.home;
  }

  lstat(path: string): FileFacts | undefined {
    return remembered(this.#facts, path, () => this.host.lstat(path));
  }

  readLink(path: string): string | undefined {
    return remembered(this.#links, path, () => this.host.readLink(path));
  }

  readStart(path: string): string | undefined {
    return remembered(this.#starts, path, () => this.host.readStart(path));
  }

  /** Every path that was asked about. */
  get paths(): Iterable<string> {
    return this.#facts.keys();
  }

  /** Whether the contents that were asked for would still be the same; asks the host again. */
  contentsHold(): boolean {
    for (const [path, text] of this.#starts) if (this.host.readStart(path) !== text) return false;
    return true;
  }

  /** Whether everything that was asked would still be answered in the same way; asks the host again. */
  hold(): boolean {
    for (const [path, facts] of this.#facts) if (!sameFacts(facts, this.host.lstat(path))) return false;
    for (const [path, text] of this.#links) if (this.host.readLink(path) !== text) return false;
    return this.contentsHold();
  }
}

function sameFacts(a: FileFacts | undefined, b: FileFacts | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.kind === b.kind && a.identity === b.identity;
}

function remembered<T>(known: Map<string, T | undefined>, path: string, ask: () => T | undefined): T | undefined {
  if (known.has(path)) return known.get(path);
  const answer = ask();
  known.set(path, answer);
  return answer;
}

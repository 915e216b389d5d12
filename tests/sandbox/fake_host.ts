import type { FileFacts, HostFacts } from "../../sandbox/host_facts.ts";

/** What stands at a path: `null` a directory, `{ link }` a symbolic link, a text a regular file. */
export type FakeNode = null | string | { readonly link: string };

/** A disk of a few paths, with the directories above them; it counts what it is asked. */
export class FakeHost implements HostFacts {
  readonly nodes = new Map<string, { node: FakeNode; inode: number }>();
  tmpdir?: string | undefined;
  home?: string | undefined = "/home/u";
  asked = 0;
  #nextInode = 1;

  /** @param tree what there is, besides `/tmp` */
  constructor(tree: Readonly<Record<string, FakeNode>> = {}) {
    for (const [path, node] of Object.entries({ "/tmp": null, ...tree })) this.put(path, node);
  }

  /** Puts something at a path, as a new object. */
  put(path: string, node: FakeNode): void {
    for (let at = path; at !== "/";) {
      at = at.slice(0, at.lastIndexOf("/")) || "/";
      if (!this.nodes.has(at)) this.nodes.set(at, { node: null, inode: this.#nextInode++ });
    }
    this.nodes.set(path, { node, inode: this.#nextInode++ });
  }

  lstat(path: string): FileFacts | undefined {
    this.asked++;
    const found = this.#resolved(path);
    if (found === undefined) return undefined;
    const { node, inode } = found;
    const kind = node === null ? "directory" : typeof node === "string" ? "file" : "link";
    return { kind, identity: `${inode}` };
  }

  readLink(path: string): string | undefined {
    const node = this.#resolved(path)?.node;
    return typeof node === "object" && node !== null ? node.link : undefined;
  }

  readStart(path: string): string | undefined {
    const node = this.#resolved(path)?.node;
    return typeof node === "string" ? node : undefined;
  }

  /** Follows links in all but the last component, as the system does. */
  #resolved(path: string): { node: FakeNode; inode: number } | undefined {
    const names = path.split("/").filter((name) => name !== "");
    let at = "";
    for (const [i, name] of names.entries()) {
      at = `${at}/${name}`;
      const node = this.nodes.get(at)?.node;
      if (i === names.length - 1 || typeof node !== "object" || node === null) continue;
      const target = node.link.startsWith("/") ? node.link : `${at.slice(0, at.lastIndexOf("/"))}/${node.link}`;
      return this.#resolved([target, ...names.slice(i + 1)].join("/"));
    }
    return this.nodes.get(at === "" ? "/" : at);
  }
}

/** What stands at a path of a {@linkcode Tree}. */
export type Node = { readonly kind: "directory" } | { readonly kind: "file"; readonly content: string } | {
  readonly kind: "link";
  readonly target: string;
};

/** A tree in memory, by absolute real paths; the directories above its root are there as well, and empty otherwise. */
export type Tree = Map<string, Node>;

/** All that is on the disk at and below a root. */
export function readTree(root: string): Tree {
  const tree: Tree = new Map();
  for (let at = root; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) tree.set(at, { kind: "directory" });
  tree.set("/", { kind: "directory" });
  const visit = (directory: string): void => {
    for (const { name, isDirectory, isSymlink } of Deno.readDirSync(directory)) {
      const path = `${directory}/${name}`;
      if (isSymlink) tree.set(path, { kind: "link", target: Deno.readLinkSync(path) });
      else if (!isDirectory) tree.set(path, { kind: "file", content: Deno.readTextFileSync(path) });
      else {
        tree.set(path, { kind: "directory" });
        visit(path);
      }
    }
  };
  visit(root);
  return tree;
}

/** Names in a directory, in their order. */
export function namesIn(tree: Tree, directory: string): string[] {
  const prefix = directory === "/" ? "/" : `${directory}/`;
  const names: string[] = [];
  for (const path of tree.keys()) {
    if (path !== "/" && path.startsWith(prefix) && !path.includes("/", prefix.length)) {
      names.push(path.slice(prefix.length));
    }
  }
  return names.sort();
}

/** Paths that differ between two trees. */
export function differences(a: Tree, b: Tree): string[] {
  const paths = new Set([...a.keys(), ...b.keys()]);
  return [...paths].filter((path) => JSON.stringify(a.get(path)) !== JSON.stringify(b.get(path)));
}

/** The directory above. */
export function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** A name in a directory. */
export function below(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

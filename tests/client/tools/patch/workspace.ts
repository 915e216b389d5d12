import type { Content } from "./corpus.ts";

/** What was found in a workspace: text, other bytes, a link, or an empty folder. */
export type Snapshot = Record<string, Content>;

/** Empties a folder and lays the given files into it. */
export async function fillWorkspace(root: string, files: Readonly<Record<string, Content>>): Promise<void> {
  for await (const { name } of Deno.readDir(root)) await Deno.remove(`${root}/${name}`, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = `${root}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else if ("base64" in content) await Deno.writeFile(path, Uint8Array.fromBase64(content.base64));
    else if ("link" in content) await Deno.symlink(content.link, path);
    else await Deno.mkdir(path);
  }
}

/** Every file, link and empty folder below a folder, sorted by path. */
export async function readWorkspace(root: string, prefix = ""): Promise<Snapshot> {
  const found: Snapshot = {};
  const entries = await Array.fromAsync(Deno.readDir(`${root}/${prefix}`));
  for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const name = `${prefix}${entry.name}`, path = `${root}/${name}`;
    if (entry.isSymlink) found[name] = { link: await Deno.readLink(path) };
    else if (entry.isDirectory) {
      const below = await readWorkspace(root, `${name}/`);
      if (Object.keys(below).length === 0) found[name] = { directory: true };
      Object.assign(found, below);
    } else found[name] = content(await Deno.readFile(path));
  }
  return found;
}

function content(bytes: Uint8Array): Content {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { base64: bytes.toBase64() };
  }
}

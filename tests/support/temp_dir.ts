/** A fresh folder that is removed with everything in it. */
export interface TempDir extends AsyncDisposable {
  /** Real path, links resolved. */
  readonly path: string;
}

/** Makes a fresh folder: `await using dir = await tempDir()`. */
export async function tempDir(): Promise<TempDir> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "exec-server-test-" }));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

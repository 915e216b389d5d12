/** Whether a path exists. */
export async function exists(path: string | URL): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

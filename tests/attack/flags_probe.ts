/** Prints what it can do with the permissions it was started with. Links are not among it: flags do not hold them. */
const [inside = "", outside = ""] = Deno.args;
const tried = {
  readInside: attempt(() => Deno.readTextFileSync(`${inside}/note.txt`)),
  writeInside: attempt(() => Deno.writeTextFileSync(`${inside}/new`, "x")),
  readOutside: attempt(() => Deno.readTextFileSync(`${outside}/secret.txt`)),
  readByDots: attempt(() => Deno.readTextFileSync(`${inside}/../outside/secret.txt`)),
  writeOutside: attempt(() => Deno.writeTextFileSync(`${outside}/new`, "x")),
  listOutside: attempt(() => [...Deno.readDirSync(outside)]),
  renameOutside: attempt(() => Deno.renameSync(`${inside}/new`, `${outside}/new2`)),
  makeLink: attempt(() => Deno.symlinkSync(outside, `${inside}/l${Deno.pid}`)),
  runProgram: attempt(() => new Deno.Command("/bin/true").outputSync()),
  readEnvironment: attempt(() => Deno.env.toObject()),
  listen: attempt(() => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close()),
};
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(tried)));

function attempt(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}

import { until } from "../support/until.ts";
import { sh } from "./sh.ts";

/** A running system of systemd-nspawn, in the network of this host. */
export class Machine implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
  }

  /** Starts one. @param args its directory and how it runs */
  static async start(args: readonly string[]): Promise<Machine> {
    const own = ["--register=no", "--keep-unit", "--console=pipe", "--quiet"];
    const command = new Deno.Command("systemd-nspawn", {
      args: [...own, ...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    const machine = new Machine(command.spawn());
    await until("the machine has a first process", () => machine.#firstProcess().then(() => true, () => false));
    return machine;
  }

  /** Runs a script in it, as its root. @returns what it printed */
  async run(script: string): Promise<string> {
    return await sh(["nsenter", "-t", `${await this.#firstProcess()}`, "-a", "--", "sh", "-c", script]);
  }

  /** Ends it and everything in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const first = await this.#firstProcess().catch(() => undefined);
    if (first !== undefined) Deno.kill(first, "SIGKILL");
    await this.#process.status;
  }

  async #firstProcess(): Promise<number> {
    const { pid } = this.#process;
    for (const child of (await children(pid)).toReversed()) {
      const status = await Deno.readTextFile(`/proc/${child}/status`);
      if (/^NSpid:\t\d+\t1$/m.test(status)) return child;
    }
    throw new Error("The machine has no first process");
  }
}

async function children(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (const child of (await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`)).trim().split(" ")) {
    if (child !== "") found.push(Number(child), ...await children(Number(child)));
  }
  return found;
}

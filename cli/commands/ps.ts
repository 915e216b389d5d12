import { Command } from "@commander-js/extra-typings";
import { connectTarget, RemoteEnvironment } from "../../client/mod.ts";
import { chooseEnvironment, envOption, tokenOption, urlOption } from "../choose_environment.ts";
import { printLine } from "../standard_output.ts";

/** `ps`: the processes of a session that its client has left. */
export function psCommand() {
  return new Command("ps")
    .description("Lists the processes of a session whose client is gone, and leaves it as it is.")
    .addOption(urlOption())
    .addOption(envOption())
    .addOption(tokenOption())
    .requiredOption("--session <ID>", "the session, as the client that had it knows it")
    .option("--json", "one line of JSON for each")
    .addHelpText(
      "after",
      `
A session whose client is connected is not shown: its processes are that client's. Looking at a session gives it its whole
time to live again.

Exit status: 0; 1 when the session is unknown or still connected, or cannot be reached; 2 for wrong usage.`,
    )
    .action(async (flags) => {
      await using chosen = await chooseEnvironment(flags);
      const { environment } = chosen;
      if (!(environment instanceof RemoteEnvironment)) {
        throw new Error("sessions are kept by exec-servers: name one with --url or --env");
      }
      await using client = await connectTarget(environment.target, undefined, { resumeSessionId: flags.session });
      const { processes } = await client.call("process/list", {});
      if (flags.json) {
        for (const process of processes) await printLine(JSON.stringify(process));
        return;
      }
      await printLine(row("ID", "PID", "STATE", "EXIT", "TTY", "PROGRAM"));
      for (const { processId, pid, state, exitCode, tty, argv0 } of processes) {
        await printLine(row(processId, String(pid), state, String(exitCode ?? "-"), tty ? "yes" : "no", argv0));
      }
    });
}

function row(id: string, pid: string, state: string, exit: string, tty: string, program: string): string {
  const columns = [id.padEnd(36), pid.padStart(8), state.padEnd(8), exit.padStart(4), tty.padEnd(3), program];
  return columns.join("  ").replace(/\p{Cc}/gu, "?");
}

import { Command } from "@commander-js/extra-typings";
import { CHECKS, examine } from "../doctor/examine.ts";
import { exitStatusOf, reportText } from "../doctor/report.ts";
import { printText } from "../standard_output.ts";
import type { CommandFactory } from "./command_factory.ts";

/** `doctor`: tries on this machine what the product needs, and says what to install. */
export const doctorCommand: CommandFactory = (ended) =>
  new Command("doctor")
    .description("Tries which walls stand on this machine: ends with 0, 3 if one is missing, 4 if one does not hold.")
    .option("--json", "what was found as JSON")
    .action(async ({ json = false }) => {
      const diagnosis = await examine();
      printText(json ? `${JSON.stringify(diagnosis, null, 2)}\n` : reportText(diagnosis, CHECKS));
      ended(exitStatusOf(diagnosis));
    });

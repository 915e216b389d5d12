import { Command } from "@commander-js/extra-typings";
import { chooseEnvironment, envOption, tokenOption, urlOption } from "../choose_environment.ts";
import { describeFile, type FilePlace, getFile, listFiles, printFiles, putFile } from "../file_commands.ts";
import { sandboxOf, sandboxOption } from "../sandbox_option.ts";
import { ReaderGoneError } from "../standard_output.ts";
import { workingDirectory } from "../working_directory.ts";

interface PlaceFlags {
  readonly url?: string | undefined;
  readonly env?: string | undefined;
  readonly bearerTokenEnv?: string | undefined;
  readonly sandbox?: string | undefined;
  readonly cwd?: string | undefined;
}

/** `fs`: files of an environment. @param ended takes the exit status */
export function fsCommand(ended: (status: number) => void) {
  const at = async (flags: PlaceFlags, action: (place: FilePlace) => Promise<void>) => {
    await using chosen = await chooseEnvironment(flags);
    const { environment } = chosen;
    const cwd = await workingDirectory(environment, flags.cwd);
    const sandbox = flags.sandbox === undefined ? undefined : await sandboxOf(flags.sandbox, cwd);
    try {
      await action({ environment, cwd, sandbox });
    } catch (error) {
      if (!(error instanceof ReaderGoneError)) throw error;
      ended(ReaderGoneError.status);
    }
  };
  return new Command("fs")
    .description("Lists, shows and copies files of an environment.")
    .addHelpText("after", "\nExit status: 0; 1 when something cannot be read or written; 2 for wrong usage.")
    .addCommand(
      placeOptions(new Command("ls").description("Lists a directory."))
        .option("-l, --long", "kind, size and time of change of each")
        .argument("[PATH]", "directory", ".")
        .action((path, flags) => at(flags, (place) => listFiles(place, path, flags.long === true))),
    )
    .addCommand(
      placeOptions(new Command("cat").description("Prints files."))
        .argument("<PATH...>", "files")
        .action((paths, flags) => at(flags, (place) => printFiles(place, paths))),
    )
    .addCommand(
      placeOptions(new Command("stat").description("Tells what a path is."))
        .option("--json", "as one line of JSON")
        .argument("<PATH>", "file or directory")
        .action((path, flags) => at(flags, (place) => describeFile(place, path, flags.json === true))),
    )
    .addCommand(
      placeOptions(new Command("put").description("Copies a file of this machine to the environment."))
        .argument("<LOCAL>", "file, or - for standard input")
        .argument("<PATH>", "file, or a directory to put it in")
        .action((local, path, flags) => at(flags, (place) => putFile(place, local, path))),
    )
    .addCommand(
      placeOptions(new Command("get").description("Copies a file of the environment to this machine."))
        .argument("<PATH>", "file")
        .argument("[LOCAL]", "file, directory to put it in, or - for standard output", ".")
        .action((path, local, flags) => at(flags, (place) => getFile(place, path, local))),
    );
}

function placeOptions(command: Command) {
  return command
    .addOption(urlOption())
    .addOption(envOption())
    .addOption(tokenOption())
    .addOption(sandboxOption())
    .option("--cwd <DIR>", "directory that paths are relative to; default the executor's");
}

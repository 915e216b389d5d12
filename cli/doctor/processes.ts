import type { Check } from "./finding.ts";

/** Starting a program and reading what it prints. */
export const PROCESSES: Check = {
  name: "processes",
  title: "Processes",
  async run(area) {
    const { exitCode, output } = await area.run({ argv: ["sh", "-c", "echo out; exit 3"] });
    const right = exitCode === 3 && output === "out";
    return right
      ? { status: "ok", detail: "a program was started, printed and ended" }
      : { status: "failed", detail: `a program ended with ${exitCode} and printed ${JSON.stringify(output)}` };
  },
};

/** Starting a program on a terminal. */
export const TERMINAL: Check = {
  name: "terminal",
  title: "Terminals (PTY)",
  async run(area) {
    let result;
    try {
      const argv = ["sh", "-c", "test -t 0 && test -t 1 && stty size"];
      result = await area.run({ argv, tty: true, rows: 31, cols: 97 });
    } catch (error) {
      return {
        status: "missing",
        detail: (error as Error).message,
        advice: "Linux with glibc, /dev/pts mounted, and permission for FFI (-A)",
      };
    }
    return result.exitCode === 0 && result.output === "31 97"
      ? { status: "ok", detail: "a program ran on a terminal of the asked size" }
      : { status: "failed", detail: `it ended with ${result.exitCode} and printed ${JSON.stringify(result.output)}` };
  },
};

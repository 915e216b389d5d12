/** What our tools answer instead of what codex does, by the name of the case: the texts of its steps. */
export const DEVIATIONS: Readonly<Record<string, { readonly why: string; readonly texts: readonly string[] }>> = {
  "stdin: chars of another type": {
    why: "arguments are read before the session is looked for",
    texts: [parseError("invalid type: integer `5`, expected a string at line 1 column 25")],
  },
  "shell: by path": {
    why: "a path is used as it is given; codex looks for its name",
    texts: [exited("/bin/sh\n", 2)],
  },
  "login: by default": {
    why: "the shell is started with -lc, as codex 0.130 does; 0.169 takes a snapshot of a login shell instead",
    texts: [exited("login\n", 2)],
  },
  "args: not JSON": {
    why: "own words for what is no JSON",
    texts: [parseError("Expected property name or '}' in JSON at position 1 (line 1 column 2)")],
  },
  "args: empty text": {
    why: "own words for what is no JSON",
    texts: [parseError("Unexpected end of JSON input")],
  },
  "args: cut JSON": {
    why: "own words for what is no JSON",
    texts: [parseError("Expected ',' or '}' after property value in JSON at position 11 (line 1 column 12)")],
  },
  "args: a list": {
    why: "codex names a type of its source",
    texts: [parseError("invalid type: sequence, expected a map at line 1 column 2")],
  },
  "args: text": {
    why: "codex names a type of its source",
    texts: [parseError('invalid type: string "ls", expected a map at line 1 column 4')],
  },
  "args: null": {
    why: "codex names a type of its source",
    texts: [parseError("invalid type: null, expected a map at line 1 column 4")],
  },
  "permissions: unknown": {
    why: "there are two kinds of permissions, not three",
    texts: [
      parseError(
        "unknown variant `frobnicate`, expected `use_default` or `require_escalated` at line 1 column 65",
      ),
    ],
  },
};

function parseError(reason: string): string {
  return `failed to parse function arguments: ${reason}`;
}

function exited(output: string, tokens: number): string {
  return "Chunk ID: ------\nWall time: -.---- seconds\nProcess exited with code 0\n" +
    `Original token count: ${tokens}\nOutput:\n${output}`;
}

/** Stands for the session id the case's first running answer gave. */
export const SESSION = -777;

/** One call of a tool; a string is sent as raw arguments. */
export interface ExecStep {
  /** Which tool. */
  readonly tool: "exec_command" | "write_stdin";
  /** Its arguments. */
  readonly args: Readonly<Record<string, unknown>> | string;
}

/** Calls in a row, sharing a session. */
export interface ExecCase {
  /** Unique. */
  readonly name: string;
  /** In order. */
  readonly steps: readonly ExecStep[];
}

const cases: ExecCase[] = [];

function exec(name: string, args: ExecStep["args"], ...more: ExecStep[]): void {
  const call = typeof args === "string" ? args : { login: false, ...args };
  cases.push({ name, steps: [{ tool: "exec_command", args: call }, ...more] });
}

function stdin(args: Readonly<Record<string, unknown>> | string): ExecStep {
  return { tool: "write_stdin", args: typeof args === "string" ? args : { session_id: SESSION, ...args } };
}

/** A command that prints `n` bytes of digits on one line, without an end. */
function digits(n: number): string {
  return `head -c ${n} /dev/zero | tr '\\0' 'x'`;
}

// ends
exec("exit: 0 with output", { cmd: "echo hello" });
exec("exit: 3 with output on both streams", { cmd: "echo out; sleep 0.2; echo err >&2; exit 3" });
exec("exit: no output", { cmd: "true" });
exec("exit: 127", { cmd: "/nonexistent/program" });
exec("exit: 255", { cmd: "exit 255" });
exec("signal: kill", { cmd: "kill -9 $$" });
exec("signal: terminate", { cmd: "kill -15 $$" });
exec("signal: interrupt", { cmd: "kill -2 $$" });
exec("signal: abort", { cmd: "ulimit -c 0; kill -6 $$" });
exec("signal: of a child of the shell", { cmd: "sh -c 'kill -9 $$'; exit $?" });
exec("exit: a child keeps the output open", { cmd: "echo now; sleep 2 &" });
exec("exit: no final newline", { cmd: "printf abc" });

// text
exec("text: invalid UTF-8", { cmd: "printf 'a\\377\\376b\\n'" });
exec("text: character cut at the end", { cmd: "printf 'a\\342\\202'" });
exec("text: NUL and escape characters", { cmd: "printf 'a\\000b\\033[31mred\\033[0m\\r\\n'" });
exec("text: unicode", { cmd: "printf 'žluťoučký 🐎\\n'" });
exec("text: blank lines around", { cmd: "printf '\\n\\nx\\n\\n'" });
exec("text: carriage returns", { cmd: "printf 'a\\r\\nb\\rc\\n'" });

// yields
exec("yield: 0 is 250 ms", { cmd: "sleep 2; echo late", yield_time_ms: 0 }, stdin({ yield_time_ms: 5000 }));
exec("yield: 1 is 250 ms", { cmd: "sleep 1", yield_time_ms: 1 }, stdin({}));
exec("yield: 249 is 250 ms", { cmd: "sleep 1", yield_time_ms: 249 }, stdin({}));
exec("yield: 600", { cmd: "sleep 2", yield_time_ms: 600 }, stdin({}));
exec("yield: more than the end", { cmd: "sleep 0.5; echo done", yield_time_ms: 10000 });
exec("yield: above the maximum, quick command", { cmd: "echo quick", yield_time_ms: 4000000 });
exec(
  "yield: an empty poll waits at least 5 s",
  { cmd: "sleep 6", yield_time_ms: 250 },
  stdin({ yield_time_ms: 100 }),
  stdin({ yield_time_ms: 100 }),
);
exec(
  "yield: an empty poll ends with the process",
  { cmd: "sleep 1; echo end", yield_time_ms: 250 },
  stdin({ yield_time_ms: 60000 }),
);
exec("yield: negative", { cmd: "true", yield_time_ms: -1 });
exec("yield: fraction", { cmd: "true", yield_time_ms: 1.5 });
exec("yield: text", { cmd: "true", yield_time_ms: "5" });

// draining
exec(
  "drain: only new output",
  { cmd: "echo one; sleep 1; echo two; sleep 1; echo three", yield_time_ms: 500 },
  stdin({}),
);
exec("drain: nothing left behind the end", { cmd: "echo one", yield_time_ms: 1000 });
exec("drain: a session is gone when its end was told", { cmd: "sleep 0.6", yield_time_ms: 250 }, stdin({}), stdin({}));

// truncation
for (const n of [39, 40, 41, 42, 44, 45, 80, 81]) {
  exec(`truncate: ${n} bytes to 10 tokens`, { cmd: digits(n), max_output_tokens: 10 });
}
exec("truncate: to nothing", { cmd: "echo hello", max_output_tokens: 0 });
exec("truncate: no output to nothing", { cmd: "true", max_output_tokens: 0 });
exec("truncate: to one token", { cmd: "printf 0123456789", max_output_tokens: 1 });
exec("truncate: lines", { cmd: "seq 1 100", max_output_tokens: 10 });
exec("truncate: lines without the last newline", {
  cmd: "printf 'aaaaaaaaaa\\nbbbbbbbbbb\\ncccccccccc\\ndddddddddd\\neeeeeeeeee'",
  max_output_tokens: 10,
});
exec("truncate: blank lines count", {
  cmd: "printf 'a\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\nb\\n'",
  max_output_tokens: 2,
});
exec("truncate: two-byte characters at the cut", {
  cmd: "printf 'x'; for i in $(seq 40); do printf 'ž'; done",
  max_output_tokens: 10,
});
exec("truncate: three-byte characters at the cut", {
  cmd: "for i in $(seq 40); do printf '€'; done",
  max_output_tokens: 10,
});
exec("truncate: four-byte characters at the cut", {
  cmd: "printf 'x'; for i in $(seq 40); do printf '🐎'; done",
  max_output_tokens: 10,
});
exec("truncate: four-byte characters, 3 tokens", {
  cmd: "printf 'xy'; for i in $(seq 10); do printf '🐎'; done",
  max_output_tokens: 3,
});
exec("truncate: invalid bytes count as what they become", {
  cmd: "for i in $(seq 30); do printf '\\377'; done",
  max_output_tokens: 10,
});
exec("truncate: 40000 bytes by default", { cmd: digits(40000) });
exec("truncate: 40001 bytes by default", { cmd: digits(40001) });
exec("truncate: the model's bound wins", { cmd: digits(60000), max_output_tokens: 20000 });
exec("truncate: carriage returns are no lines", {
  cmd: "for i in $(seq 60); do printf 'a\\r'; done",
  max_output_tokens: 5,
});
exec("truncate: negative", { cmd: "true", max_output_tokens: -1 });

// overflow
exec("overflow: 1 MiB exactly", { cmd: digits(1048576), max_output_tokens: 20 });
exec("overflow: one byte more", { cmd: digits(1048577), max_output_tokens: 20 });
exec("overflow: 2 MiB with marks", { cmd: `printf BEGIN; ${digits(2097152)}; printf END`, max_output_tokens: 20 });
exec("overflow: 3 MiB, generous bound", { cmd: `${digits(3145728)}; echo; echo END`, max_output_tokens: 100 });
exec("overflow: lines", { cmd: "seq 1 400000", max_output_tokens: 20 });

// terminals
exec("tty: it is one", { cmd: "test -t 0 && test -t 1 && test -t 2 && echo yes", tty: true });
exec("tty: without it there is none", { cmd: "test -t 0 || test -t 1 || test -t 2 || echo no" });
exec("tty: size", { cmd: "stty size", tty: true });
exec(
  "tty: input is read",
  { cmd: "read line; echo got $line", tty: true, yield_time_ms: 400 },
  stdin({ chars: "hi\n", yield_time_ms: 2000 }),
);
exec(
  "tty: several inputs",
  { cmd: 'while read l; do echo "<$l>"; [ "$l" = end ] && exit 7; done', tty: true, yield_time_ms: 400 },
  stdin({ chars: "a\n", yield_time_ms: 500 }),
  stdin({ chars: "b\nend\n", yield_time_ms: 3000 }),
);
exec(
  "tty: interrupt character",
  { cmd: "sleep 30", tty: true, yield_time_ms: 400 },
  stdin({ chars: "\u0003", yield_time_ms: 3000 }),
);
exec(
  "tty: end of input character",
  { cmd: "cat; echo after", tty: true, yield_time_ms: 400 },
  stdin({ chars: "\u0004", yield_time_ms: 3000 }),
);
exec(
  "tty: a short wait after input",
  { cmd: "cat", tty: true, yield_time_ms: 400 },
  stdin({ chars: "x\n", yield_time_ms: 0 }),
  stdin({ chars: "\u0004", yield_time_ms: 3000 }),
);
exec("tty: exit code", { cmd: "exit 9", tty: true });
exec("tty: killed", { cmd: "kill -9 $$", tty: true });
exec("tty: colours are not asked for", { cmd: "echo $TERM-$NO_COLOR-$COLORTERM", tty: true });

exec("tty: input to a process that has ended", { cmd: "sleep 0.5; echo bye", tty: true, yield_time_ms: 250 }, {
  tool: "exec_command",
  args: { cmd: "sleep 1", login: false },
}, stdin({ chars: "x\n" }));

// input without a terminal
exec("stdin: closed without a terminal", { cmd: "cat; echo end" });
exec(
  "stdin: text to a session without a terminal",
  { cmd: "sleep 1; echo over", yield_time_ms: 250 },
  stdin({ chars: "x" }),
  stdin({}),
);
exec(
  "stdin: interrupt to a session without a terminal",
  { cmd: "sleep 20", yield_time_ms: 250 },
  stdin({ chars: "\u0003", yield_time_ms: 2000 }),
);
exec("stdin: interrupt that the program handles", {
  cmd: "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done",
  yield_time_ms: 700,
}, stdin({ chars: "\u0003", yield_time_ms: 2000 }));
exec("stdin: interrupt with more text", { cmd: "sleep 1", yield_time_ms: 250 }, stdin({ chars: "\u0003x" }), stdin({}));
cases.push({ name: "stdin: unknown session", steps: [stdin({ session_id: 424242 })] });
cases.push({ name: "stdin: unknown session with text", steps: [stdin({ session_id: 424242, chars: "x" })] });
cases.push({ name: "stdin: no session", steps: [stdin("{}")] });
cases.push({ name: "stdin: session of another type", steps: [stdin('{"session_id":"x"}')] });
cases.push({ name: "stdin: negative session", steps: [stdin('{"session_id":-5}')] });
cases.push({ name: "stdin: chars of another type", steps: [stdin('{"session_id":1,"chars":5}')] });

// where and how
exec("workdir: relative", { cmd: "pwd | sed 's/.*workspace/WS/'", workdir: "sub" });
exec("workdir: relative with dots", { cmd: "pwd | sed 's/.*workspace/WS/'", workdir: "sub/../sub/." });
exec("workdir: absolute", { cmd: "pwd", workdir: "/usr" });
exec("workdir: empty", { cmd: "pwd | sed 's/.*workspace/WS/'", workdir: "" });
exec("workdir: missing", { cmd: "pwd", workdir: "nowhere" });
exec("workdir: a file", { cmd: "pwd", workdir: "file.txt" });
exec("shell: sh", { cmd: "echo $0", shell: "sh" });
exec("shell: by path", { cmd: "echo $0", shell: "/bin/sh" });
exec("shell: bash", { cmd: "echo $0 ${BASH_VERSION:+bash}", shell: "bash" });
exec("shell: missing", { cmd: "echo $0", shell: "/nonexistent/zsh" });
exec("shell: of no kind", { cmd: "echo $0", shell: "frobnicate" });
exec("shell: the environment's", { cmd: "echo ${BASH_VERSION:+bash}" });
exec("login: by default", '{"cmd":"shopt -q login_shell && echo login || echo plain"}');
exec("login: off", { cmd: "shopt -q login_shell && echo login || echo plain" });
exec("env: what is laid over", {
  cmd: 'echo "$NO_COLOR|$TERM|$LANG|$LC_CTYPE|$LC_ALL|$COLORTERM|$PAGER|$GIT_PAGER|$GH_PAGER|$CODEX_CI"',
});
exec("cmd: several lines", { cmd: "echo a\necho b" });
exec("cmd: empty", { cmd: "" });
exec("cmd: syntax error", { cmd: "if" });

// arguments
exec("args: no command", "{}");
exec("args: command of another type", '{"cmd":5}');
exec("args: command is a list", '{"cmd":["ls"]}');
exec("args: not JSON", "{cmd}");
exec("args: empty text", "");
exec("args: cut JSON", '{"cmd":"ls"');
exec("args: a list", "[]");
exec("args: text", '"ls"');
exec("args: null", "null");
exec("args: unknown member", '{"cmd":"echo ok","login":false,"frobnicate":1}');
exec("args: tty of another type", '{"cmd":"true","tty":"yes"}');
exec("args: workdir null", '{"cmd":"echo ok","login":false,"workdir":null}');
exec("args: repeated member", '{"cmd":"echo a","cmd":"echo b","login":false}');
exec("args: missing command on a later line", '{\n "tty": false\n}');
exec("args: environment", { cmd: "echo ok", environment_id: "nope" });
exec("permissions: escalated under never", {
  cmd: "echo ok",
  sandbox_permissions: "require_escalated",
  justification: "why",
});
exec("permissions: unknown", { cmd: "echo ok", sandbox_permissions: "frobnicate" });
exec("permissions: default", { cmd: "echo ok", sandbox_permissions: "use_default" });

/** Every case. */
export const TABLE: readonly ExecCase[] = cases;

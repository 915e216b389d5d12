/** What lies in the workspace: text, `{ base64 }` for other bytes, `{ link }` for a symbolic link, `{ directory }` for an empty one. */
export type Content = string | { readonly base64: string } | { readonly link: string } | { readonly directory: true };

/** One patch with the workspace it meets. */
export interface PatchCase {
  /** Unique. */
  readonly name: string;
  /** The workspace before, by relative path. */
  readonly before: Readonly<Record<string, Content>>;
  /** What the model sends; `{ws}` stands for the workspace's absolute path. */
  readonly patch: string;
}

const cases: PatchCase[] = [];

function add(name: string, before: PatchCase["before"], patch: string): void {
  cases.push({ name, before, patch });
}

/** A patch of the given lines between the two marks. */
function body(...lines: string[]): string {
  return ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");
}

/** A patch of one updated file `f`. */
function update(...lines: string[]): string {
  return body("*** Update File: f", ...lines);
}

// adding
add("add: one line", {}, body("*** Add File: a.txt", "+hello"));
add("add: several lines with blanks", {}, body("*** Add File: a.txt", "+one", "+", "+  three ", "+"));
add("add: in new folders", {}, body("*** Add File: x/y/z.txt", "+deep"));
add("add: no lines", {}, body("*** Add File: a.txt"));
add("add: one empty line", {}, body("*** Add File: a.txt", "+"));
add("add: over a file", { "a.txt": "old\nmore\n" }, body("*** Add File: a.txt", "+new"));
add("add: over a folder", { "a/b": "x\n" }, body("*** Add File: a", "+new"));
add("add: below a file", { a: "x\n" }, body("*** Add File: a/b", "+new"));
add("add: two files", {}, body("*** Add File: a", "+1", "*** Add File: b", "+2"));
add("add: same file twice", {}, body("*** Add File: a", "+1", "*** Add File: a", "+2"));
add("add: unicode", {}, body("*** Add File: ä/日本.txt", "+žluťoučký 🐎"));
add("add: path with blanks", {}, body("*** Add File: a b/c d.txt", "+x"));
add("add: path with blanks around", {}, body("*** Add File:   a.txt  ", "+x"));
add("add: absolute path", {}, body("*** Add File: {ws}/a.txt", "+x"));
add("add: dots in path", {}, body("*** Add File: ./x/../a.txt", "+x"));
add("add: empty path", {}, body("*** Add File: ", "+x"));
add("add: line without plus", {}, body("*** Add File: a.txt", "+x", "y"));
add("add: first line without plus", {}, body("*** Add File: a.txt", "y"));
add("add: blank line inside", {}, body("*** Add File: a.txt", "+x", "", "+y"));
add("add: lines that look like headers", {}, body("*** Add File: a.txt", "+*** End Patch", "+@@", "+-x", "++y"));
add("add: CRLF patch", {}, "*** Begin Patch\r\n*** Add File: a.txt\r\n+x\r\n+y\r\n*** End Patch\r\n");
add(
  "add: through a link to a folder",
  { real: { directory: true }, link: { link: "real" } },
  body("*** Add File: link/a", "+x"),
);
add("add: over a dangling link", { link: { link: "nowhere" } }, body("*** Add File: link", "+x"));
add("add: tab after plus", {}, body("*** Add File: a", "+\tx"));
add("add: carriage return inside a line", {}, body("*** Add File: a", "+x\ry"));

// deleting
add("delete: a file", { a: "x\n", b: "y\n" }, body("*** Delete File: a"));
add("delete: a missing file", {}, body("*** Delete File: a"));
add("delete: a folder", { "a/b": "x\n" }, body("*** Delete File: a"));
add("delete: an empty folder", { a: { directory: true } }, body("*** Delete File: a"));
add("delete: two files", { a: "x\n", "d/b": "y\n" }, body("*** Delete File: a", "*** Delete File: d/b"));
add("delete: a link", { a: "x\n", l: { link: "a" } }, body("*** Delete File: l"));
add("delete: not UTF-8", { a: { base64: "/wD+" } }, body("*** Delete File: a"));
add("delete: with lines behind it", { a: "x\n" }, body("*** Delete File: a", "-x"));
add("delete: then add", { a: "x\n" }, body("*** Delete File: a", "*** Add File: a", "+y"));
add("delete: the second one is missing", { a: "x\n" }, body("*** Delete File: a", "*** Delete File: b"));
add("delete: twice", { a: "x\n" }, body("*** Delete File: a", "*** Delete File: a"));

// updating
const ABC = { f: "a\nb\nc\n" };
add("update: replace", ABC, update("@@", " a", "-b", "+B", " c"));
add("update: only the changed line", ABC, update("@@", "-b", "+B"));
add("update: no @@ in front", ABC, update(" a", "-b", "+B"));
add("update: insert between", ABC, update("@@", " a", "+x", " b"));
add("update: delete a line", ABC, update("@@", " a", "-b", " c"));
add("update: delete all lines", ABC, update("@@", "-a", "-b", "-c"));
add("update: first line", ABC, update("@@", "-a", "+A"));
add("update: last line", ABC, update("@@", "-c", "+C"));
add("update: insert at the top", ABC, update("@@", "+0", " a"));
add("update: insert at the end by context", ABC, update("@@", " c", "+d"));
add("update: only insertions", ABC, update("@@", "+d"));
add("update: only insertions, no @@", ABC, update("+d", "+e"));
add("update: only insertions below a context", ABC, update("@@ a", "+x"));
add("update: only insertions below the last line", ABC, update("@@ c", "+x"));
add("update: only insertions, end of file", ABC, update("@@", "+d", "*** End of File"));
add("update: only insertions into an empty file", { f: "" }, update("@@", "+d"));
add("update: only insertions, no final newline", { f: "a\nb" }, update("@@", "+d"));
add("update: nothing changes", ABC, update("@@", " a", " b"));
add("update: two hunks", { f: "1\n2\n3\n4\n5\n6\n" }, update("@@", "-2", "+two", "@@", "-5", "+five"));
add("update: two hunks out of order", { f: "1\n2\n3\n4\n5\n6\n" }, update("@@", "-5", "+five", "@@", "-2", "+two"));
add(
  "update: two hunks that overlap",
  { f: "1\n2\n3\n4\n" },
  update("@@", " 1", "-2", "+two", " 3", "@@", " 3", "-4", "+four"),
);
add("update: adjacent hunks", { f: "1\n2\n3\n4\n" }, update("@@", "-2", "+two", "@@", "-3", "+three"));
add("update: insertion and replacement", ABC, update("@@", "+new", "@@", "-a", "+A"));
add("update: two pure insertions", ABC, update("@@", "+1", "@@", "+2"));
add("update: repeated lines take the first", { f: "x\ny\nx\ny\n" }, update("@@", "-x", "+X"));
add("update: repeated lines, second hunk goes on", { f: "x\ny\nx\ny\n" }, update("@@", "-x", "+1", "@@", "-x", "+2"));
add("update: repeated lines, end of file", { f: "x\ny\nx\ny\n" }, update("@@", "-x", "+X", " y", "*** End of File"));
add("update: end of file that is not at the end", { f: "x\ny\nz\n" }, update("@@", "-x", "+X", "*** End of File"));
add("update: end of file with trailing blank line", { f: "x\ny\n\n" }, update("@@", "-y", "+Y", "*** End of File"));
add("update: below a context line", { f: "f1\n  x\nf2\n  x\n" }, update("@@ f2", "-  x", "+  y"));
add("update: below two context lines", { f: "A\nm\n x\nB\nm\n x\n" }, update("@@ B", "@@ m", "- x", "+ y"));
add("update: context line itself in the hunk", { f: "f1\n  x\nf2\n  x\n" }, update("@@ f2", " f2", "-  x", "+  y"));
add("update: context line missing", ABC, update("@@ nope", "-b", "+B"));
add("update: context line with other indent", { f: "  f2\n  x\n" }, update("@@ f2", "-  x", "+  y"));
add("update: context line a part of a line", { f: "def f2():\n  x\n" }, update("@@ f2", "-  x", "+  y"));
add("update: context behind the hunk", ABC, update("@@ c", "-a", "+A"));
add("update: unified diff header", ABC, update("@@ -1,3 +1,3 @@", " a", "-b", "+B"));
add("update: @@ without a blank", ABC, update("@@b", "-b", "+B"));
add("update: @@ with a blank only", ABC, update("@@ ", "-b", "+B"));
add("update: context not found", ABC, update("@@", "-nope", "+x"));
add("update: several lines not found", ABC, update("@@", " a", "-nope", "+x", " c"));
add("update: missing file", {}, update("@@", "-a", "+b"));
add("update: a folder", { f: { directory: true } }, update("@@", "-a", "+b"));
add("update: not UTF-8", { f: { base64: "YQr/Cg==" } }, update("@@", "-a", "+b"));
add("update: no hunk", ABC, update());
add("update: empty hunk", ABC, update("@@"));
add("update: empty hunk, then another", ABC, update("@@", "@@", "-b", "+B"));
add("update: a line of no kind", ABC, update("@@", "b"));
add("update: a line of no kind behind good ones", ABC, update("@@", "-b", "+B", "x"));
add("update: a line of no kind without @@", ABC, update("b"));
add("update: blank line is an empty context line", { f: "a\n\nb\n" }, update("@@", " a", "", "-b", "+B"));
add("update: blank line last in the hunk", { f: "a\nb\n" }, update("@@", "-a", "+A", ""));
add("update: blank line between hunks", { f: "1\n2\n3\n4\n" }, update("@@", "-1", "+one", "", "@@", "-3", "+three"));
add("update: blank line before the hunk", ABC, update("", "@@", "-b", "+B"));
add("update: context only", ABC, update("@@", " b"));
add("update: end of file mark alone", ABC, update("@@", "*** End of File"));
add("update: lines behind the end of file mark", ABC, update("@@", "-c", "+C", "*** End of File", "@@", "-a", "+A"));
add("update: file becomes one line", ABC, update("@@", "-a", "-b", "-c", "+x"));
add(
  "update: same file twice",
  ABC,
  body("*** Update File: f", "@@", "-a", "+A", "*** Update File: f", "@@", "-b", "+B"),
);
add(
  "update: same line twice",
  ABC,
  body("*** Update File: f", "@@", "-a", "+A", "*** Update File: f", "@@", "-A", "+AA"),
);
add(
  "update: two files",
  { f: "a\n", g: "b\n" },
  body("*** Update File: f", "@@", "-a", "+A", "*** Update File: g", "@@", "-b", "+B"),
);
add(
  "update: the second file fails",
  { f: "a\n", g: "b\n" },
  body("*** Update File: f", "@@", "-a", "+A", "*** Update File: g", "@@", "-z", "+B"),
);
add("update: through a link", { r: "a\nb\n", f: { link: "r" } }, update("@@", "-a", "+A"));
add("update: dangling link", { f: { link: "r" } }, update("@@", "-a", "+A"));
add("update: absolute path", ABC, body("*** Update File: {ws}/f", "@@", "-b", "+B"));
add("update: in a folder", { "d/e/f": "a\n" }, body("*** Update File: d/e/f", "@@", "-a", "+A"));
add(
  "update: unicode",
  { "ž.txt": "příliš\nžluťoučký\n🐎\n" },
  body("*** Update File: ž.txt", "@@", " příliš", "-žluťoučký", "+kůň", " 🐎"),
);
add("update: empty file, line to remove", { f: "" }, update("@@", "-a", "+A"));
add("update: file of one newline", { f: "\n" }, update("@@", "-", "+A"));
add(
  "update: long file",
  { f: Array.from({ length: 500 }, (_, i) => `line ${i}\n`).join("") },
  update("@@", " line 398", "-line 399", "+LINE", " line 400"),
);
add("update: plus and minus lines kept", { f: "+a\n-b\n" }, update("@@", "-+a", "++A", " -b"));
add("update: tabs", { f: "\ta\n\tb\n" }, update("@@", " \ta", "-\tb", "+\tB"));
add("update: byte order mark", { f: "\ufeffa\nb\n" }, update("@@", "-a", "+A"));
add("update: byte order mark elsewhere", { f: "\ufeffa\nb\n" }, update("@@", "-b", "+B"));
add(
  "update: several removed and added in turns",
  { f: "1\n2\n3\n4\n" },
  update("@@", "-1", "+one", "-2", "+two", " 3", "-4", "+four"),
);
add("update: additions before removals", ABC, update("@@", "+B", "-b"));

add(
  "update: two blank lines between hunks",
  { f: "1\n2\n3\n" },
  update("@@", "-1", "+one", "", "", "@@", "-3", "+three"),
);
add("update: blank lines, then a line of no kind", { f: "1\n" }, update("@@", "-1", "+one", "", "x"));
add("update: blank lines before the mark", { f: "1\n" }, update("", "", "@@", "-1", "+one"));
add("update: blank line behind @@", { f: "\n1\n" }, update("@@", "", "-1", "+one"));
add(
  "update: blank lines behind the end of file mark",
  { f: "1\n2\n" },
  update("@@", "-2", "+two", "*** End of File", "", "@@", "+3"),
);
add("update: end of file mark with blanks", { f: "1\n" }, update("@@", "-1", "+one", "*** End of File  "));
add(
  "update: second hunk without a mark behind the end of file",
  { f: "1\n2\n" },
  update("@@", "-2", "+two", "*** End of File", "+x"),
);
add("update: a line with three stars", { f: "*** x\ny\n" }, update("@@", " *** x", "-y", "+Y"));
add("update: a bare line with three stars", { f: "y\n" }, update("@@", "-y", "+Y", "*** x"));
add(
  "update: context header found behind an earlier hunk",
  { f: "A\n1\nB\n1\n" },
  update("@@ A", "-1", "+a", "@@ B", "-1", "+b"),
);
add(
  "update: context header above an earlier hunk",
  { f: "A\n1\nB\n1\n" },
  update("@@ B", "-1", "+b", "@@ A", "-1", "+a"),
);
add("update: same context header twice", { f: "A\n1\n2\n" }, update("@@ A", "-1", "+a", "@@ A", "-2", "+b"));
add("update: insertion above, then change below", { f: "1\n2\n3\n" }, update("@@", "+0", " 1", "@@", "-3", "+three"));
add("update: path with blanks around", { f: "a\n" }, body("*** Update File:  f ", "@@", "-a", "+A"));
add("delete: path with blanks behind", { f: "a\n" }, body("*** Delete File: f  "));
add(
  "update: one file by two names",
  { f: "a\nb\n" },
  body("*** Update File: f", "@@", "-a", "+A", "*** Update File: ./f", "@@", "-b", "+B"),
);
add(
  "update: no read of a secret by a link out of the folder",
  { f: { link: "/nonexistent/x" } },
  update("@@", "-a", "+A"),
);

add("update: indented header behind a hunk", { f: "a\n" }, update("@@", "-a", "+A", "  *** Add File: n", "+x"));
add("update: indented end mark in a hunk", { f: "a\n*** End Patch\n" }, update("@@", "-a", "+A", "  *** End Patch"));
add("add: indented header behind", {}, body("*** Add File: n", "+x", "  *** Add File: m", "+y"));
add("add: end mark in the middle", {}, body("*** Add File: n", "+x", "*** End Patch", "*** Add File: m", "+y"));
add("update: unknown header behind a hunk", { f: "a\n" }, update("@@", "-a", "+A", "*** Frobnicate File: x"));
add("update: unknown header instead of a hunk", { f: "a\n" }, update("*** Frobnicate File: x"));
add("update: header of the next file instead of a hunk", { f: "a\n" }, update("*** Add File: x", "+x"));
add("update: @@ in front of the next file", { f: "a\n" }, update("@@", "*** Add File: x", "+x"));
add("update: insertion into a file that ends blank", { f: "a\n\n" }, update("@@", "+x"));
add("update: insertion below a context that is missing", { f: "a\n" }, update("@@ nope", "+x"));
add("update: end of file with a blank context line", { f: "x\ny\n" }, update("@@", "-y", "+Y", " ", "*** End of File"));
add("update: context with blanks behind", { f: "A\n1\n" }, update("@@ A  ", "-1", "+2"));
add("update: context with more blanks", { f: "  A\n1\n" }, update("@@   A", "-1", "+2"));
add("update: context that is empty after blanks", { f: "a\n\n1\n" }, update("@@  ", "-1", "+2"));
add(
  "move: two files to one",
  { f: "a\n", g: "b\n" },
  body(
    "*** Update File: f",
    "*** Move to: h",
    "@@",
    "-a",
    "+A",
    "*** Update File: g",
    "*** Move to: h",
    "@@",
    "-b",
    "+B",
  ),
);
add(
  "move: to a name that is added",
  { f: "a\n" },
  body("*** Update File: f", "*** Move to: h", "@@", "-a", "+A", "*** Add File: h", "+x"),
);
add(
  "move: to a name that is deleted",
  { f: "a\n", h: "x\n" },
  body("*** Delete File: h", "*** Update File: f", "*** Move to: h", "@@", "-a", "+A"),
);
add(
  "move: swap",
  { f: "a\n", g: "b\n" },
  body(
    "*** Update File: f",
    "*** Move to: g",
    "@@",
    "-a",
    "+A",
    "*** Update File: g",
    "*** Move to: f",
    "@@",
    "-b",
    "+B",
  ),
);
add("move: onto itself by another name", { f: "a\n" }, update("*** Move to: ./f", "@@", "-a", "+A"));
add("move: through a link", { r: "a\n", f: { link: "r" } }, update("*** Move to: g", "@@", "-a", "+A"));
add("move: onto a link to itself", { f: "a\n", l: { link: "f" } }, update("*** Move to: l", "@@", "-a", "+A"));
add("move: empty path", { f: "a\n" }, update("*** Move to: ", "@@", "-a", "+A"));
add("move: below a file", { f: "a\n", x: "" }, update("*** Move to: x/y", "@@", "-a", "+A"));
add("add: a NUL character", {}, body("*** Add File: n", "+a\0b"));
add("add: a NUL in the path", {}, body("*** Add File: n\0m", "+a"));
add("delete: below a file", { a: "" }, body("*** Delete File: a/b"));
add("update: below a file", { a: "" }, body("*** Update File: a/b", "@@", "-a", "+A"));
add("update: cut character", { f: { base64: "YeKC" } }, update("@@", "-a", "+A"));
add("update: cut character inside", { f: { base64: "YeKCYg==" } }, update("@@", "-a", "+A"));
add("update: overlong encoding", { f: { base64: "YcCA" } }, update("@@", "-a", "+A"));
add("update: surrogate", { f: { base64: "Ye2ggGI=" } }, update("@@", "-a", "+A"));
add("update: four-byte sequence broken late", { f: { base64: "8J+QYQ==" } }, update("@@", "-a", "+A"));

// final newlines
add("newline: last line changed", { f: "a\nb" }, update("@@", "-b", "+B"));
add("newline: other line changed", { f: "a\nb" }, update("@@", "-a", "+A"));
add("newline: end of file", { f: "a\nb" }, update("@@", "-b", "+B", "*** End of File"));
add("newline: insert after the last", { f: "a\nb" }, update("@@", " b", "+c"));
add("newline: remove the last", { f: "a\nb" }, update("@@", " a", "-b"));
add("newline: remove the only line", { f: "a" }, update("@@", "-a"));
add("newline: two at the end", { f: "a\nb\n\n" }, update("@@", "-b", "+B"));
add("newline: remove one of two", { f: "a\nb\n\n" }, update("@@", " b", "-"));
add("newline: three at the end", { f: "a\n\n\n" }, update("@@", " a", "-", "+x"));
add("newline: context blank line at the end that the file has not", { f: "a\nb\n" }, update("@@", "-b", "+B", " "));
add("newline: insertion with blank line at the end", { f: "a\nb\n" }, update("@@", " b", "+", "+c"));
add("newline: append an empty line", { f: "a\n" }, update("@@", " a", "+"));
add("newline: no-newline marker of diff", { f: "a\nb" }, update("@@", "-b", "+B", "\\ No newline at end of file"));

// carriage returns
add("crlf: file, plain patch", { f: "a\r\nb\r\nc\r\n" }, update("@@", " a", "-b", "+B", " c"));
add("crlf: file, only the changed line", { f: "a\r\nb\r\nc\r\n" }, update("@@", "-b", "+B"));
add(
  "crlf: file and patch",
  { f: "a\r\nb\r\nc\r\n" },
  "*** Begin Patch\r\n*** Update File: f\r\n@@\r\n a\r\n-b\r\n+B\r\n c\r\n*** End Patch\r\n",
);
add(
  "crlf: plain file, CRLF patch",
  { f: "a\nb\nc\n" },
  "*** Begin Patch\r\n*** Update File: f\r\n@@\r\n a\r\n-b\r\n+B\r\n c\r\n*** End Patch\r\n",
);
add("crlf: mixed file", { f: "a\r\nb\nc\r\n" }, update("@@", " a", "-b", "+B", " c"));
add("crlf: mixed file, change in the other kind", { f: "a\nb\r\nc\n" }, update("@@", "-b", "+B"));
add("crlf: insertion", { f: "a\r\nb\r\n" }, update("@@", " a", "+x", " b"));
add("crlf: no final newline", { f: "a\r\nb" }, update("@@", "-b", "+B"));
add("crlf: append", { f: "a\r\nb\r\n" }, update("@@", "+c"));
add("crlf: context header", { f: "f1\r\n x\r\nf2\r\n x\r\n" }, update("@@ f2", "- x", "+ y"));
add("crlf: lone carriage returns", { f: "a\rb\rc\n" }, update("@@", "-a\rb\rc", "+x"));
add("crlf: move", { f: "a\r\nb\r\n" }, update("*** Move to: g", "@@", "-a", "+A"));
add("crlf: first line plain, two with CRLF, change the first", { f: "a\nb\r\nc\r\n" }, update("@@", "-a", "+A"));
add("crlf: first line plain, two with CRLF, change the second", { f: "a\nb\r\nc\r\n" }, update("@@", "-b", "+B"));
add("crlf: first line CRLF, two plain, change the last", { f: "a\r\nb\nc\n" }, update("@@", "-c", "+C"));
add("crlf: first line CRLF, two plain, change the first", { f: "a\r\nb\nc\n" }, update("@@", "-a", "+A"));
add("crlf: one each, insert at the end", { f: "a\r\nb\n" }, update("@@", "+c"));
add("crlf: one each the other way, insert at the end", { f: "a\nb\r\n" }, update("@@", "+c"));
add(
  "crlf: mixed, context lines keep their ends",
  { f: "a\r\nb\nc\r\nd\n" },
  update("@@", " a", " b", "-c", "+C", " d"),
);
add("crlf: mixed without final newline", { f: "a\r\nb\nc" }, update("@@", "-b", "+B"));
add("crlf: new lines carry their own CR", { f: "a\nb\n" }, update("@@", "-b", "+B\r"));
add("crlf: new lines carry their own CR, CRLF file", { f: "a\r\nb\r\n" }, update("@@", "-b", "+B\r"));
add("crlf: no newline at all", { f: "a\r" }, update("@@", "-a", "+B"));
add("crlf: blank lines", { f: "a\r\n\r\nb\r\n" }, update("@@", " a", " ", "-b", "+B"));
add("crlf: empty the file", { f: "a\r\n" }, update("@@", "-a"));

add("cr: change a line", { f: "a\rb\rc\n" }, update("@@", "-b", "+B"));
add("cr: only carriage returns", { f: "a\rb\rc\r" }, update("@@", "-b", "+B"));
add("cr: append", { f: "a\rb\r" }, update("@@", "+c"));
add("cr: before a CRLF", { f: "a\r\r\nb\n" }, update("@@", " a", " ", "-b", "+B"));

// fuzzed contexts
add("fuzz: file has trailing blanks", { f: "a  \nb\t\nc\n" }, update("@@", " a", "-b", "+B", " c"));
add("fuzz: patch has trailing blanks", ABC, update("@@", " a  ", "-b ", "+B", " c"));
add("fuzz: other indent", { f: "  a\n    b\n  c\n" }, update("@@", " a", "-b", "+B", " c"));
add("fuzz: patch is indented", ABC, update("@@", "   a", "-  b", "+  B", "   c"));
add("fuzz: exact match later wins over a trimmed one before", { f: "  b\nb\n" }, update("@@", "-b", "+B"));
add("fuzz: trailing match later wins over an indented one before", { f: "  b\nb  \n" }, update("@@", "-b", "+B"));
add(
  "fuzz: dashes",
  { f: "a \u2013 b \u2014 c \u2010 d \u2011 e \u2012 f \u2015 g \u2212 h\n" },
  update("@@", "-a - b - c - d - e - f - g - h", "+x"),
);
add("fuzz: single quotes", { f: "\u2018a\u2019 \u201ab\u201b\n" }, update("@@", "-'a' 'b'", "+x"));
add("fuzz: double quotes", { f: "\u201ca\u201d \u201eb\u201f\n" }, update("@@", '-"a" "b"', "+x"));
add("fuzz: blanks", {
  f: "a\u00a0b\u2002c\u2003d\u2004e\u2005f\u2006g\u2007h\u2008i\u2009j\u200ak\u202fl\u205fm\u3000n\n",
}, update("@@", "-a b c d e f g h i j k l m n", "+x"));
add("fuzz: ellipsis is not three dots", { f: "a\u2026\n" }, update("@@", "-a...", "+x"));
add("fuzz: zero width blank", { f: "a\u200bb\n" }, update("@@", "-ab", "+x"));
add(
  "fuzz: quotes in the patch, plain file",
  { f: 'say "hi" - ok\n' },
  update("@@", "-say \u201chi\u201d \u2014 ok", "+x"),
);
add("fuzz: guillemets", { f: "\u00aba\u00bb\n" }, update("@@", '-"a"', "+x"));
add("fuzz: context lines keep the file's text", { f: "a \u2013 b\nc\n" }, update("@@", " a - b", "-c", "+C"));
add("fuzz: context lines with other indent keep which text", { f: "    a\nc\n" }, update("@@", " a", "-c", "+C"));
add("fuzz: context header with dashes", { f: "f \u2013 g\n x\nh\n" }, update("@@ f - g", "- x", "+ y"));
add("fuzz: other case is no match", ABC, update("@@", "-B", "+x"));
add("fuzz: inner blanks are no match", { f: "a  b\n" }, update("@@", "-a b", "+x"));
add("fuzz: a missing line is no match", { f: "a\nx\nc\n" }, update("@@", " a", "-c", "+C"));
add("fuzz: combining characters are no match", { f: "e\u0301\n" }, update("@@", "-\u00e9", "+x"));
add("fuzz: blank line with blanks", { f: "a\n   \nb\n" }, update("@@", " a", " ", "-b", "+B"));
add("fuzz: form feed and vertical tab around", { f: "\fa\u000b\n" }, update("@@", "-a", "+x"));
add("fuzz: ideographic blank around", { f: "\u3000a\n" }, update("@@", "-a", "+x"));
add("fuzz: byte order mark is no blank", { f: "a\ufeff\n" }, update("@@", "-a", "+x"));
add("fuzz: next line character around", { f: "a\u0085\n" }, update("@@", "-a", "+x"));

add("fuzz: end of file with trailing blanks", { f: "x\ny  \n" }, update("@@", "-y", "+Y", "*** End of File"));
add("fuzz: end of file with indent", { f: "x\n  y\n" }, update("@@", "-y", "+Y", "*** End of File"));
add(
  "fuzz: blank lines at the end of the hunk that the file has not",
  { f: "a\nb\nc\n" },
  update("@@", " a", "-b", "+B", " ", " "),
);
add(
  "fuzz: blank removed line at the end that the file has not",
  { f: "a\nb\nc\n" },
  update("@@", " a", "-b", "-", "+B"),
);
add("fuzz: blank added line in the middle, blank context last", { f: "a\nb\n" }, update("@@", "-b", "+B", "+", " "));

// moving
add("move: with a change", ABC, update("*** Move to: g", "@@", "-b", "+B"));
add("move: without a change", ABC, update("*** Move to: g"));
add("move: with context only", ABC, update("*** Move to: g", "@@", " b"));
add("move: into a new folder", ABC, update("*** Move to: d/e/g", "@@", "-b", "+B"));
add("move: over a file", { f: "a\n", g: "old\n" }, update("*** Move to: g", "@@", "-a", "+A"));
add("move: onto itself", ABC, update("*** Move to: f", "@@", "-b", "+B"));
add("move: over a folder", { f: "a\n", "g/x": "y\n" }, update("*** Move to: g", "@@", "-a", "+A"));
add("move: missing source", {}, update("*** Move to: g", "@@", "-a", "+A"));
add("move: context not found", ABC, update("*** Move to: g", "@@", "-z", "+A"));
add(
  "move: then update the new name",
  ABC,
  body("*** Update File: f", "*** Move to: g", "@@", "-a", "+A", "*** Update File: g", "@@", "-b", "+B"),
);
add(
  "move: then add the old name",
  ABC,
  body("*** Update File: f", "*** Move to: g", "@@", "-a", "+A", "*** Add File: f", "+new"),
);
add("move: with blanks around the path", ABC, update("*** Move to:   g  ", "@@", "-b", "+B"));
add("move: behind the hunk", ABC, update("@@", "-b", "+B", "*** Move to: g"));
add("move: absolute path", ABC, update("*** Move to: {ws}/g", "@@", "-b", "+B"));

// several files
add(
  "mixed: add, update, delete, move",
  { u: "a\n", d: "x\n", m: "k\n" },
  body(
    "*** Add File: n",
    "+new",
    "*** Update File: u",
    "@@",
    "-a",
    "+A",
    "*** Delete File: d",
    "*** Update File: m",
    "*** Move to: m2",
    "@@",
    "-k",
    "+K",
  ),
);
add("mixed: add, then update it", {}, body("*** Add File: n", "+a", "*** Update File: n", "@@", "-a", "+A"));
add("mixed: add, then delete it", {}, body("*** Add File: n", "+a", "*** Delete File: n"));
add("mixed: update, then delete it", { f: "a\n" }, body("*** Update File: f", "@@", "-a", "+A", "*** Delete File: f"));
add(
  "mixed: order of the answer",
  { z: "a\n", y: "a\n" },
  body("*** Update File: z", "@@", "-a", "+A", "*** Delete File: y", "*** Add File: c", "+x", "*** Add File: b", "+x"),
);
add("mixed: a later file fails", { u: "a\n" }, body("*** Add File: n", "+a", "*** Update File: u", "@@", "-zz", "+A"));
add(
  "mixed: a later write fails",
  { u: "a\n", x: "file\n" },
  body("*** Update File: u", "@@", "-a", "+A", "*** Add File: x/y", "+A"),
);
add(
  "mixed: blank lines between files",
  { f: "a\n" },
  body("*** Add File: n", "+a", "", "*** Update File: f", "@@", "-a", "+A"),
);
add(
  "mixed: blank line behind a delete",
  { f: "a\n", d: "a\n" },
  body("*** Delete File: d", "", "*** Update File: f", "@@", "-a", "+A"),
);
add(
  "mixed: blank line behind an update",
  { f: "a\n", d: "a\n" },
  body("*** Update File: f", "@@", "-a", "+A", "", "*** Delete File: d"),
);

// the frame
add("frame: empty text", {}, "");
add("frame: no begin", {}, "*** Add File: a\n+x\n*** End Patch");
add("frame: no end", {}, "*** Begin Patch\n*** Add File: a\n+x");
add("frame: nothing in it", {}, "*** Begin Patch\n*** End Patch");
add("frame: begin alone", {}, "*** Begin Patch");
add("frame: blanks around", {}, "\n\n  *** Begin Patch  \n*** Add File: a\n+x\n  *** End Patch  \n\n");
add("frame: text in front", {}, "Here:\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch");
add("frame: text behind", {}, "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\nbye");
add("frame: quoted here-document", {}, "<<'EOF'\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\nEOF");
add("frame: here-document", {}, "<<EOF\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\nEOF");
add("frame: double quoted here-document", {}, '<<"EOF"\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\nEOF\n');
add(
  "frame: here-document with half a quote",
  {},
  "<<\"EOF'\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\nEOF\n",
);
add("frame: here-document without end", {}, "<<EOF\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch");
add("frame: code fence", {}, "```\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\n```");
add("frame: unknown header", {}, body("*** Frobnicate File: a"));
add("frame: unknown header second", {}, body("*** Add File: a", "+x", "*** Frobnicate File: a"));
add("frame: diff header", {}, body("--- a/f", "+++ b/f"));
add("frame: header without path", {}, body("*** Add File:a", "+x"));
add("frame: header in lower case", {}, body("*** add file: a", "+x"));
add("frame: indented header", {}, body("  *** Add File: a", "+x"));
add("frame: indented hunk mark", ABC, update("  @@", "-b", "+B"));
add("frame: blank line in front of the first header", {}, body("", "*** Add File: a", "+x"));
add("frame: two patches", {}, body("*** Add File: a", "+x") + "\n" + body("*** Add File: b", "+x"));
add("frame: environment line with one environment", {}, body("*** Environment ID: local", "*** Add File: a", "+x"));
add("frame: environment line that is unknown", {}, body("*** Environment ID: nope", "*** Add File: a", "+x"));
add("frame: environment line that is empty", {}, body("*** Environment ID: ", "*** Add File: a", "+x"));
add("frame: environment line second", {}, body("*** Add File: a", "+x", "*** Environment ID: local"));
add(
  "frame: environment line twice",
  {},
  body("*** Environment ID: local", "*** Environment ID: local", "*** Add File: a", "+x"),
);
add("frame: environment line alone", {}, body("*** Environment ID: local"));

/** Every case. */
export const CORPUS: readonly PatchCase[] = cases;

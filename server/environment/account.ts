/** The server's user in the password database. */
export interface Account {
  /** Home directory. */
  readonly home: string;
  /** Login shell. */
  readonly shell: string;
}

/** Looks the server's user up in /etc/passwd (passwd(5)). @returns undefined when it is not there */
export function loginAccount(): Account | undefined {
  const uid = String(Deno.uid());
  let database: string;
  try {
    database = Deno.readTextFileSync("/etc/passwd");
  } catch {
    return undefined;
  }
  for (const line of database.split("\n")) {
    const [, , id, , , home, shell] = line.split(":");
    if (id === uid && home !== undefined && shell !== undefined) return { home, shell };
  }
  return undefined;
}

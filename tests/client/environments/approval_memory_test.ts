import { assertEquals } from "@std/assert";
import { ApprovalMemory, type CommandApproval } from "../../../client/environments/approval_memory.ts";
import { LIMITS } from "../../../protocol/mod.ts";

const COMMAND: CommandApproval = {
  environmentId: "remote",
  command: ["rm", "-r", "x"],
  cwd: "/ws",
  tty: false,
  sandboxPermissions: "require_escalated",
};
const file = (environmentId: string, path: string) => ({ environmentId, path });

Deno.test("ApprovalMemory: only acceptForSession is remembered", () => {
  for (const decision of ["accept", "decline", "cancel"] as const) {
    const memory = new ApprovalMemory();
    assertEquals(memory.decide(COMMAND, decision), decision === "accept");
    assertEquals(memory.covers(COMMAND), false);
  }
  const memory = new ApprovalMemory();
  assertEquals(memory.decide(COMMAND, "acceptForSession"), true);
  assertEquals(memory.covers({ ...COMMAND }), true);
});

Deno.test("ApprovalMemory: a command is another one when anything about it differs, its environment included", () => {
  const memory = new ApprovalMemory();
  memory.decide(COMMAND, "acceptForSession");
  const others: CommandApproval[] = [
    { ...COMMAND, environmentId: "local" },
    { ...COMMAND, command: ["rm", "-r x"] },
    { ...COMMAND, cwd: "/ws2" },
    { ...COMMAND, tty: true },
    { ...COMMAND, sandboxPermissions: "use_default" },
  ];
  assertEquals(others.map((other) => memory.covers(other)), others.map(() => false));
});

Deno.test("ApprovalMemory: a file approved in one environment is asked again in another, and each file counts", () => {
  const memory = new ApprovalMemory();
  memory.decide([file("remote", "/a"), file("remote", "/b")], "acceptForSession");
  assertEquals(memory.covers([file("remote", "/b")]), true);
  assertEquals(memory.covers([file("remote", "/b"), file("remote", "/a")]), true);
  assertEquals(memory.covers([file("local", "/a")]), false);
  assertEquals(memory.covers([file("remote", "/a"), file("remote", "/c")]), false);
  assertEquals(memory.covers([]), false);
});

Deno.test("ApprovalMemory: the oldest approvals are forgotten, those given again last longest", () => {
  const memory = new ApprovalMemory();
  const path = (i: number) => [file("remote", `/f${i}`)];
  for (let i = 0; i < LIMITS.maxRememberedApprovals; i++) memory.decide(path(i), "acceptForSession");
  memory.decide(path(0), "acceptForSession");
  memory.decide(path(-1), "acceptForSession");
  assertEquals([memory.covers(path(0)), memory.covers(path(1)), memory.covers(path(2))], [true, false, true]);
});

import { TEXTS } from "../../protocol/mod.ts";
import { type ExitStatus, reap, watchChildExit } from "../posix/child_exit.ts";
import { DescriptorReader } from "../posix/descriptor_reader.ts";
import { DescriptorWriter } from "../posix/descriptor_writer.ts";
import { closeDescriptors, duplicate, openPipe, setNonBlocking } from "../posix/descriptors.ts";
import { errnoText } from "../../sandbox/posix/errno.ts";
import { type ChildStdio, PosixError, posixSpawn } from "../posix/posix_spawn.ts";
import { keepSpareDescriptor } from "../posix/spare_descriptor.ts";
import { openTerminal, resizeTerminal } from "../posix/terminal.ts";
import {
  type Child,
  type ChildEvents,
  type ChildInput,
  type Spawner,
  SpawnError,
  type SpawnSpec,
  type StreamName,
} from "./spawner.ts";

/** The server's ends of a child's descriptors. */
interface Ends {
  readonly child: ChildStdio;
  /** To close once the child has its copies. */
  readonly handedOver: readonly number[];
  readonly outputs: readonly (readonly [StreamName, number])[];
  readonly input: number | undefined;
  readonly master: number | undefined;
}

/** Starts children with `posix_spawn` and reads them through one epoll instance; Linux with glibc. */
export class PosixSpawner implements Spawner {
  readonly name = "posix_spawn";
  readonly terminals = true;
  readonly choosesArgv0 = true;

  constructor() {
    keepSpareDescriptor();
  }

  spawn(spec: SpawnSpec, events: ChildEvents): Child {
    const opened: number[] = [];
    try {
      const ends = openEnds(spec.stdio, opened);
      const pid = posixSpawn({
        program: spec.program,
        argv: spec.argv,
        environment: [...spec.env].map(([name, value]) => `${name}=${value}`),
        cwd: spec.cwd,
        stdio: ends.child,
        opens: spec.opens ?? [],
      });
      return adopt(pid, ends, events);
    } catch (error) {
      closeDescriptors(...opened);
      if (error instanceof PosixError) throw new SpawnError(errnoText(error.errno), { cause: error });
      if (error instanceof TypeError) throw new SpawnError(TEXTS.nulByte, { cause: error });
      throw error;
    }
  }
}

function openEnds(stdio: SpawnSpec["stdio"], opened: number[]): Ends {
  if (stdio.kind === "terminal") {
    const { master, path } = openTerminal(stdio.rows, stdio.cols);
    opened.push(master);
    // epoll knows a descriptor once, and reading and writing are watched apart
    const input = duplicate(master);
    opened.push(input);
    setNonBlocking(master);
    return { child: { kind: "terminal", path }, handedOver: [], outputs: [["pty", master]], input, master };
  }
  const pipe = () => {
    const ends = openPipe();
    opened.push(ends.readEnd, ends.writeEnd);
    return ends;
  };
  const stdout = pipe(), stderr = pipe(), stdin = stdio.stdin ? pipe() : undefined;
  for (const fd of [stdout.readEnd, stderr.readEnd]) setNonBlocking(fd);
  if (stdin !== undefined) setNonBlocking(stdin.writeEnd);
  return {
    child: { kind: "pipes", stdin: stdin?.readEnd, stdout: stdout.writeEnd, stderr: stderr.writeEnd },
    handedOver: [stdout.writeEnd, stderr.writeEnd, ...(stdin === undefined ? [] : [stdin.readEnd])],
    outputs: [["stdout", stdout.readEnd], ["stderr", stderr.readEnd]],
    input: stdin?.writeEnd,
    master: undefined,
  };
}

function adopt(pid: number, ends: Ends, events: ChildEvents): Child {
  let readers: DescriptorReader[] = [];
  let master = ends.master;
  try {
    watchChildExit(pid, (status: ExitStatus) => {
      for (const reader of readers) reader.drain();
      events.exited(status);
    });
  } catch (error) {
    Deno.kill(-pid, "SIGKILL");
    reap(pid, "wait");
    throw error;
  }
  readers = ends.outputs.map(([stream, fd]) =>
    new DescriptorReader(fd, {
      data: (bytes) => events.output(stream, bytes),
      end: () => {
        master = undefined;
        events.ended(stream);
      },
    })
  );
  const input: ChildInput | undefined = ends.input === undefined ? undefined : new DescriptorWriter(ends.input);
  closeDescriptors(...ends.handedOver);
  return {
    pid,
    streams: ends.outputs.map(([stream]) => stream),
    input,
    pause: () => readers.forEach((reader) => reader.pause()),
    resume: () => readers.forEach((reader) => reader.resume()),
    cancel: () => readers.forEach((reader) => reader.cancel()),
    resize: (rows, cols) => {
      if (master !== undefined) resizeTerminal(master, rows, cols);
    },
  };
}

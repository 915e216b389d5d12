import { ErrorCode, internalError, RpcError } from "../../protocol/errors.ts";
import { StaleHelper } from "./anchors.ts";
import { type Frame, FrameKind, type FrameKindValue } from "./frame.ts";
import { ABANDONED, type OperationContext, type Parameters, type Steps } from "./operation.ts";
import { type OperationName, OPERATIONS } from "./operations.ts";
import { FileSink } from "./operations/write_file.ts";

interface Task {
  readonly id: number;
  readonly steps: Steps;
  mutated: boolean;
}

/** How answers leave. */
export type SendFrame = (id: number, kind: FrameKindValue, header: string, body?: Uint8Array) => void;

/** Runs the operations of one helper: small ones at once, long ones step by step and in turn. */
export class Session {
  readonly #context: Omit<OperationContext, "part">;
  readonly #send: SendFrame;
  readonly #tasks: Task[] = [];
  readonly #sinks = new Map<number, FileSink>();

  /** Begins with nothing to do. @param send takes the answers */
  constructor(context: Omit<OperationContext, "part">, send: SendFrame) {
    this.#context = context;
    this.#send = send;
  }

  /** Whether an operation waits for its next step. */
  get busy(): boolean {
    return this.#tasks.length > 0;
  }

  /** Takes a request, or content for one. */
  take(frame: Frame): void {
    if (frame.kind === FrameKind.Content) return this.#write(frame);
    if (frame.kind === FrameKind.Cancel) return this.#cancel(frame.id);
    const { op, ...parameters } = JSON.parse(frame.header) as Parameters & { readonly op: OperationName };
    if (op === "writeFile") return this.#startWriting(frame, parameters);
    const part = (header: unknown, body?: Uint8Array) =>
      this.#send(frame.id, FrameKind.Part, header === undefined ? "" : JSON.stringify(header), body);
    const task = {
      id: frame.id,
      steps: OPERATIONS[op](parameters, { ...this.#context, part }, frame.body),
      mutated: false,
    };
    if (!this.#step(task)) this.#tasks.push(task);
  }

  /** Runs one step of the operation that waited longest. */
  step(): void {
    const task = this.#tasks.shift();
    if (task !== undefined && !this.#step(task)) this.#tasks.push(task);
  }

  /** One that is over was answered already. */
  #cancel(id: number): void {
    const at = this.#tasks.findIndex((task) => task.id === id);
    const [task] = at === -1 ? [] : this.#tasks.splice(at, 1);
    if (task === undefined) return;
    try {
      task.steps.return(undefined);
      this.#fail(id, internalError(ABANDONED), true);
    } catch (error) {
      this.#fail(id, error, true);
    }
  }

  /** @returns whether the operation is over */
  #step(task: Task): boolean {
    const { disk } = this.#context.walker;
    const before = disk.mutations;
    try {
      const { done, value } = task.steps.next();
      if (!done) task.mutated ||= disk.mutations !== before;
      else this.#send(task.id, FrameKind.Done, JSON.stringify(value));
      return done === true;
    } catch (error) {
      this.#fail(task.id, error, task.mutated || disk.mutations !== before);
      return true;
    }
  }

  #startWriting(frame: Frame, parameters: Parameters & { readonly more?: boolean }): void {
    let sink: FileSink | undefined;
    const before = this.#context.walker.disk.mutations;
    try {
      sink = new FileSink(parameters, { ...this.#context, part: () => {} });
      if (parameters.more === true) sink.clear();
      else sink.writeAll(frame.body);
    } catch (error) {
      sink?.close();
      return this.#fail(frame.id, error, this.#context.walker.disk.mutations !== before);
    }
    if (parameters.more === true) this.#sinks.set(frame.id, sink);
    else this.#endWriting(frame.id, sink);
  }

  /** Content for a file that failed already goes nowhere. */
  #write(frame: Frame): void {
    const sink = this.#sinks.get(frame.id);
    if (sink === undefined) return;
    if (frame.body.length === 0) return this.#endWriting(frame.id, sink);
    try {
      sink.write(frame.body);
    } catch (error) {
      this.#sinks.delete(frame.id);
      sink.close();
      this.#fail(frame.id, error, true);
    }
  }

  #endWriting(id: number, sink: FileSink): void {
    this.#sinks.delete(id);
    sink.close();
    this.#send(id, FrameKind.Done, "{}");
  }

  #fail(id: number, error: unknown, mutated: boolean): void {
    if (error instanceof StaleHelper && !mutated) return this.#send(id, FrameKind.Stale, "");
    const { code, message } = error instanceof RpcError
      ? error
      : { code: ErrorCode.Internal, message: `filesystem sandbox helper failed: ${describe(error)}` };
    this.#send(id, FrameKind.Failed, JSON.stringify({ code, message }));
  }
}

function describe(error: unknown): string {
  if (error instanceof StaleHelper) return "a root of the policy was replaced meanwhile";
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

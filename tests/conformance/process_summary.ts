import { isObject, type Json, type Message } from "./step.ts";

/** What the notifications of a step say about each process, however its output was cut. */
export interface ProcessSummary {
  readonly view: { [processId: string]: Json };
  /** Broken promises: a repeated seq, an event behind closed. */
  readonly problems: string[];
}

/** Joins the output of each process; without it when `anyOutput`. */
export function processSummary(messages: readonly Message[], anyOutput: boolean): ProcessSummary {
  const byProcess = Map.groupBy(messages.filter(isProcessEvent), ({ params }) => String(params.processId));
  const problems: string[] = [];
  const view: { [processId: string]: Json } = {};
  for (const [processId, events] of byProcess) {
    const seqs = events.map(({ params }) => Number(params.seq));
    if (new Set(seqs).size !== seqs.length) problems.push(`${processId}: repeated seq`);
    const closed = events.find(({ method }) => method === "process/closed");
    if (closed !== undefined && closed.params.seq !== Math.max(...seqs)) {
      problems.push(`${processId}: events after closed`);
    }
    const exited = events.find(({ method }) => method === "process/exited");
    const { seq: _, ...exit } = exited?.params ?? {};
    view[processId] = { streams: anyOutput ? {} : streamsOf(events), exit, closed: closed !== undefined };
  }
  return { view, problems };
}

interface ProcessEvent extends Message {
  method: string;
  params: Message;
}

function isProcessEvent(message: Message): message is ProcessEvent {
  return typeof message.method === "string" && message.method.startsWith("process/") && isObject(message.params);
}

function streamsOf(events: readonly ProcessEvent[]): { [stream: string]: string } {
  const streams: { [stream: string]: string } = {};
  for (const { method, params } of events.toSorted((a, b) => Number(a.params.seq) - Number(b.params.seq))) {
    if (method !== "process/output") continue;
    const stream = String(params.stream);
    streams[stream] = (streams[stream] ?? "") + atob(String(params.chunk));
  }
  return streams;
}

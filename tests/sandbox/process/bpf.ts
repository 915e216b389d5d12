/** What a filter answers: allow, an errno, or death. */
export type Verdict = "allow" | "kill" | `errno ${number}`;

/** A system call as a filter sees it; `struct seccomp_data`. */
export interface SystemCall {
  readonly architecture: number;
  readonly number: number;
  readonly args?: readonly (number | bigint)[];
}

/** Interprets a classic BPF program as the kernel does, as far as seccomp programs here go. */
export function runFilter(program: Uint8Array, call: SystemCall): Verdict {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.architecture, true);
  (call.args ?? []).forEach((value, i) => data.setBigUint64(16 + 8 * i, BigInt.asUintN(64, BigInt(value)), true));
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 8) {
    const code = view.getUint16(at, true), yes = view.getUint8(at + 2), no = view.getUint8(at + 3);
    const value = view.getUint32(at + 4, true);
    if (code === 0x20) accumulator = data.getUint32(value, true);
    else if (code === 0x15) at += 8 * (accumulator === value ? yes : no);
    else if (code === 0x35) at += 8 * (accumulator >= value ? yes : no);
    else if (code === 0x06) return verdictOf(value);
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error("the program does not end");
}

function verdictOf(value: number): Verdict {
  if (value === 0x7fff0000) return "allow";
  if (value === 0x80000000) return "kill";
  if (value >>> 16 === 0x0005) return `errno ${value & 0xffff}`;
  throw new Error(`unknown verdict ${value}`);
}

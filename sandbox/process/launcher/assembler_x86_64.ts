import { type Assembler, CodeBuffer, type Register } from "./assembler.ts";

/** Numbers of the registers: rdi rsi rdx r10 r8 for arguments, rax for results, rbx rbp r13 r14 r15 survive a call. */
const REGISTERS: Readonly<Record<Register, number>> = {
  arg0: 7,
  arg1: 6,
  arg2: 2,
  arg3: 10,
  arg4: 8,
  result: 0,
  s0: 3,
  s1: 5,
  s2: 13,
  s3: 14,
  s4: 15,
};
const RSP = 4;
const JE = 0x84, JS = 0x88;

/** Writes x86-64 code; Intel's manual, volume 2. */
export class X86Assembler implements Assembler {
  readonly #code = new CodeBuffer();

  label(name: string): void {
    this.#code.label(name);
  }

  stackPointer(to: Register): void {
    this.#registers(0x89, RSP, REGISTERS[to]);
  }

  constant(to: Register, value: bigint | number): void {
    const number = REGISTERS[to];
    this.#code.bytes(0x48 | (number >> 3), 0xb8 | (number & 7));
    const bits = BigInt.asUintN(64, BigInt(value));
    this.#code.word(Number(bits & 0xffffffffn));
    this.#code.word(Number(bits >> 32n));
  }

  move(to: Register, from: Register): void {
    this.#registers(0x89, REGISTERS[from], REGISTERS[to]);
  }

  loadWord(to: Register, at: Register): void {
    this.#load([0x8b], to, at);
  }

  loadByte(to: Register, at: Register): void {
    this.#load([0x0f, 0xb6], to, at);
  }

  addConstant(to: Register, value: number): void {
    this.#code.bytes(0x48 | (REGISTERS[to] >> 3), 0x81, 0xc0 | (REGISTERS[to] & 7));
    this.#code.word(value);
  }

  add(to: Register, from: Register): void {
    this.#registers(0x01, REGISTERS[from], REGISTERS[to]);
  }

  subtract(to: Register, from: Register): void {
    this.#registers(0x29, REGISTERS[from], REGISTERS[to]);
  }

  shiftLeft(to: Register, bits: number): void {
    this.#code.bytes(0x48 | (REGISTERS[to] >> 3), 0xc1, 0xe0 | (REGISTERS[to] & 7), bits);
  }

  jump(label: string): void {
    this.#jump([0xe9], label);
  }

  jumpIfZero(register: Register, label: string): void {
    this.#registers(0x85, REGISTERS[register], REGISTERS[register]);
    this.#jump([0x0f, JE], label);
  }

  jumpIfNegative(register: Register, label: string): void {
    this.#registers(0x85, REGISTERS[register], REGISTERS[register]);
    this.#jump([0x0f, JS], label);
  }

  jumpIfEqual(a: Register, b: Register, label: string): void {
    this.#registers(0x39, REGISTERS[a], REGISTERS[b]);
    this.#jump([0x0f, JE], label);
  }

  systemCall(number: number): void {
    this.constant("result", number);
    this.#code.bytes(0x0f, 0x05);
  }

  assemble(): Uint8Array<ArrayBuffer> {
    return this.#code.finish();
  }

  /** An instruction on two registers: REX.W, opcode, ModRM with the second one in r/m. */
  #registers(opcode: number, register: number, target: number): void {
    this.#code.bytes(
      0x48 | ((register >> 3) << 2) | (target >> 3),
      opcode,
      0xc0 | ((register & 7) << 3) | (target & 7),
    );
  }

  /** A load through a register with a displacement of 0, which rbp and r13 need; none of ours is rsp or r12. */
  #load(opcode: readonly number[], to: Register, at: Register): void {
    const register = REGISTERS[to], base = REGISTERS[at];
    this.#code.bytes(0x48 | ((register >> 3) << 2) | (base >> 3), ...opcode);
    this.#code.bytes(0x40 | ((register & 7) << 3) | (base & 7), 0);
  }

  #jump(opcode: readonly number[], label: string): void {
    const size = opcode.length + 4;
    this.#code.jump(label, (view, at, distance) => view.setInt32(at + opcode.length, distance - size, true));
    this.#code.bytes(...opcode);
    this.#code.word(0);
  }
}
